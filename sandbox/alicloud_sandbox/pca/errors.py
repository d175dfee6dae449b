# SPDX-License-Identifier: GPL-3.0-or-later
"""The error codes of PCA. Its documentation lists none, so every one of them is an assumption."""

from __future__ import annotations

from ..assumptions import assume
from ..errors import Assumed, ErrorTable

_DATE = "2026-11-25"

ERRORS = ErrorTable(
    messages={
        "NotFound": "The specified %s [%s] is not found.",
        "NoAvailableInstance": "There is no purchased instance of the type %s for the algorithm %s that is not in use.",
        "CaStatusInvalid": "The CA [%s] cannot be used: %s.",
        "QuotaExceeded.Certificate": "The CA [%s] has no certificates left.",
        "CustomIdentifierRepeat": "The custom identifier [%s] already exists.",
        "CertStatusInvalid": "The certificate [%s] has the status %s, which does not allow this.",
        "ResourceInUse.Certificate": "The certificate [%s] is in use by %s.",
    },
    assumed={
        "NotFound": Assumed(
            404,
            assume(
                "pca-not-found",
                "An unknown CA, certificate or instance is NotFound (404).",
                "Terraform's provider takes this code for a certificate that is absent (resource_alicloud_ssl_"
                "certificates_service_pca_certificate.go); its status is not known.",
                verdict="practice",
                date="2026-08-21",
            ),
        ),
        "NoAvailableInstance": Assumed(
            400,
            assume(
                "pca-no-instance",
                "CreateRootCACertificate and CreateSubCACertificate without a purchased instance that is not in use "
                "are refused with NoAvailableInstance (400), and so is an algorithm of another family than that of "
                "the instance.",
                "That they fail is documented (metadata of 2024-07); the code is not.",
                date=_DATE,
                settle="CreateRootCACertificate on an account that has bought nothing",
            ),
        ),
        "CaStatusInvalid": Assumed(
            400,
            assume(
                "pca-ca-status",
                "A CA that is revoked or expired, whose instance has expired, or that is a root, issues no "
                "certificates: CaStatusInvalid (400).",
                "That it fails is documented (texts of the SDK 2.1.4; guide to repositories, 2024-06-20); the code is "
                "not.",
                date=_DATE,
                settle="CreateClientCertificate with a root CA as ParentIdentifier",
            ),
        ),
        "QuotaExceeded.Certificate": Assumed(
            400,
            assume(
                "pca-quota",
                "A sub CA with CertRemainingCount 0 issues nothing: QuotaExceeded.Certificate (400). Neither "
                "revoking nor deleting a certificate gives one back.",
                "The guide asks for a number other than 0 (slb manage-certificates, 2026-01-14); the code is not "
                "documented, nor whether a certificate is given back.",
                date=_DATE,
                settle="CreateClientCertificate from a sub CA without certificates left",
            ),
        ),
        "CustomIdentifierRepeat": Assumed(
            400,
            assume(
                "pca-custom-identifier",
                "A CustomIdentifier that another certificate of the account has, revoked ones included, is refused "
                "with CustomIdentifierRepeat (400). Deleting the certificate frees it.",
                "The parameter is documented as a unique key (texts of the SDK 2.1.4); what happens to a second one is "
                "not.",
                date=_DATE,
                settle="CreateClientCertificateWithCsr twice with one CustomIdentifier",
            ),
        ),
        "CertStatusInvalid": Assumed(
            400,
            assume(
                "pca-cert-status",
                "Revoking what is revoked, deleting what is not revoked, and reading a private key that the service "
                "has not made or of a revoked certificate are refused with CertStatusInvalid (400).",
                "Terraform's documentation says that only a revoked certificate can be deleted; the code is not "
                "documented.",
                date=_DATE,
                settle="DeleteClientCertificate for a certificate with the status ISSUE",
            ),
        ),
        "ResourceInUse.Certificate": Assumed(
            400,
            assume(
                "pca-ca-in-use",
                "A CA that a listener trusts cannot be revoked or deleted: ResourceInUse.Certificate (400).",
                "Nothing is documented; the stricter behaviour finds more mistakes.",
                date=_DATE,
                settle="UpdateCACertificateStatus for a sub CA that a listener trusts",
            ),
        ),
    },
)
