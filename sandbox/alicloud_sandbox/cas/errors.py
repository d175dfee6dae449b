# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes of CAS. Its documentation lists none, so all of them are assumptions."""

from __future__ import annotations

from ..assumptions import assume
from ..errors import Assumed, ErrorTable

ERRORS = ErrorTable(
    messages={
        "NotFound": "The specified %s [%s] is not found.",
        "NameRepeat": "The certificate name [%s] already exists.",
        "NotMatch.CertificateAndPrivateKey": "The private key does not belong to the first certificate.",
        "PrivateKeyFormatException": "The private key is encrypted, or is not PEM.",
        "ResourceInUse.Certificate": "The certificate [%s] is in use by %s.",
        "ResourceInUse.Warehouse": "The repository [%s] still has certificates.",
    },
    assumed={
        "NotFound": Assumed(
            404,
            assume(
                "cas-not-found",
                "An unknown certificate or repository is NotFound (404).",
                "Terraform's provider and other clients test for a code that starts with NotFound; its status is "
                "not known.",
                verdict="practice",
                date="2026-08-21",
            ),
        ),
        "NameRepeat": Assumed(
            400,
            assume(
                "cas-name-repeat",
                "A name that another uploaded certificate has is refused with NameRepeat (400); names of CA "
                "certificates and of repositories need not be unique.",
                "Uniqueness of the name of uploaded certificates is documented; the code was seen on the real service "
                "(design of the operator le_to_alicloud, tried in cn-hangzhou on 2026-09-05), its status was not told.",
                verdict="practice",
                date="2026-09-05",
            ),
        ),
        **dict.fromkeys(
            ("NotMatch.CertificateAndPrivateKey", "PrivateKeyFormatException"),
            Assumed(
                400,
                assume(
                    "cas-key-codes",
                    "UploadUserCertificate refuses an encrypted private key with PrivateKeyFormatException, and one "
                    "that does not belong to the first certificate, as of a chain in the wrong order, with "
                    "NotMatch.CertificateAndPrivateKey (400). UploadPCACert does so with a private key.",
                    "Tried on the real service in cn-hangzhou on 2026-09-05 for UploadUserCertificate (design of the "
                    "operator le_to_alicloud, a public repository); the status was not told.",
                    verdict="practice",
                    date="2026-09-05",
                ),
            ),
        ),
        "ResourceInUse.Certificate": Assumed(
            400,
            assume(
                "cas-in-use",
                "A CA certificate that a listener has cannot be deleted: ResourceInUse.Certificate (400).",
                "The behaviour of DeletePCACert is not documented; the stricter one finds more mistakes. Uploaded "
                "server certificates can be deleted at any time (see cas-delete-used), which speaks against it.",
                date="2026-11-25",
                settle="DeletePCACert for a CA certificate that a listener has",
            ),
        ),
        "ResourceInUse.Warehouse": Assumed(
            400,
            assume(
                "cas-warehouse-not-empty",
                "A repository that still has certificates cannot be deleted: ResourceInUse.Warehouse (400).",
                "The behaviour is not documented; the stricter one finds more mistakes.",
                date="2026-11-25",
                settle="DeleteWarehouse for a repository with a certificate",
            ),
        ),
    },
)
