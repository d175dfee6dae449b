# SPDX-License-Identifier: GPL-3.0-or-later
"""The state machine, driving a made-up resource in a made-up cloud through mishaps of every kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._core.action import SELF_ID, Action, Twin, Unique
from ansible_collections.alicloud.mtls.plugins.module_utils._core.engine import GIVES_WAY_WITHIN, Engine, Outcome
from ansible_collections.alicloud.mtls.plugins.module_utils._core.error_codes import Kind
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import CloudError, RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.module import result
from ansible_collections.alicloud.mtls.plugins.module_utils._core.resource import Found, Resource, Waiter
from ansible_collections.alicloud.mtls.plugins.module_utils._core.values import KNOWN_AFTER_APPLY, changes

from tests.unit.fakes.cloud import Cloud, error

Params = dict[str, Any]


class World(Cloud):
    """A cloud with things in it, that take ``settling`` reads to become ready after each write."""

    def __init__(self, *, settling: int = 2, tokens: bool = True, jobs: bool = True) -> None:
        super().__init__(
            ListThings=self.listing,
            CreateThing=self.create,
            UpdateThing=self.update,
            PaintThing=self.update,
            DeleteThing=self.delete,
            ListAsynJobs=self.job,
        )
        self.things: dict[str, Params] = {}
        self.seen: dict[str, Params] = {}  # ClientToken -> answer
        self.settling = settling
        self.tokens = tokens
        self.jobs = jobs
        self.failed_job: Params | None = None

    def add(self, name: str, **values: Any) -> str:
        identity = f"t-{len(self.things) + 1}"
        self.things[identity] = {"Id": identity, "Name": name, "Size": 1, "Status": "Ready", "wait": 0, **values}
        return identity

    def listing(self, params: Params) -> Params:
        for identity, thing in list(self.things.items()):
            if thing["Status"] != "Ready":
                thing["wait"] -= 1
                if thing["wait"] < 0:
                    if thing["Status"] == "Deleting":
                        del self.things[identity]
                    elif thing["Status"] != "Failed":
                        thing["Status"] = "Ready"
        return {"Things": [dict(thing) for thing in self.things.values()], "RequestId": "R-read"}

    def _started(self, identity: str, status: str) -> Params:
        self.things[identity].update(Status=status, wait=self.settling)
        return {"Id": identity, "RequestId": f"R-{len(self.writes)}", **({"JobId": "job-1"} if self.jobs else {})}

    def create(self, params: Params) -> Params:
        if params.get("DryRun"):
            raise error("DryRunOperation")
        token = params.get("ClientToken")
        if self.tokens and token in self.seen:
            return self.seen[token]
        if any(thing["Name"] == params["Name"] for thing in self.things.values()):
            raise error("ResourceAlreadyExist.Thing")
        identity = self.add(params["Name"], Size=params.get("Size", 1))
        answer = self._started(identity, "Creating")
        if token:
            self.seen[token] = answer
        return answer

    def update(self, params: Params) -> Params:
        changed = {key: value for key, value in params.items() if key in ("Size", "Colour")}
        self.things[params["Id"]].update(changed)
        return self._started(params["Id"], "Configuring")

    def delete(self, params: Params) -> Params:
        if self.things.get(params["Id"], {}).get("Status") in (None, "Deleting"):
            raise error("ResourceNotFound.Thing", 404)
        return self._started(params["Id"], "Deleting")

    def job(self, params: Params) -> Params:
        return {"Jobs": [self.failed_job or {"Status": "Succeeded"}]}

    @property
    def writes(self) -> list[str]:
        return [name for name, _params in self.calls if name not in ("ListThings", "ListAsynJobs")]


class Thing(Resource):
    noun = "thing"
    key = "thing"
    product = "alb"
    names = ("thing_id", "name", "size", "colour", "status")
    id_name = "thing_id"
    id_parameter = "Id"
    waiter = Waiter(frozenset({"creating", "configuring", "deleting"}), frozenset({"failed"}))
    guarded = 0
    blocked = ""
    heals = False

    def _all(self) -> list[Params]:
        return [
            {
                "thing_id": item["Id"],
                "name": item["Name"],
                "size": item["Size"],
                "colour": item.get("Colour"),
                "status": item["Status"].lower(),
            }
            for item in self.session.read("alb", "ListThings")["Things"]
        ]

    def find(self) -> Found:
        return Found(next((thing for thing in self._all() if thing["name"] == self.params["name"]), None))

    def read(self, identity: str) -> Params | None:
        return next((thing for thing in self._all() if thing["thing_id"] == identity), None)

    def present(self, found: Found) -> list[Action]:
        wanted = {name: self.params.get(name) for name in ("name", "size", "colour")}
        if found.object is None:
            create = Action(
                "CreateThing",
                {"Name": wanted["name"], "Size": wanted["size"]},
                {"name": wanted["name"], "size": wanted["size"]},
                creates=True,
                token=not self.heals,
                find_created=self._find_created if self.heals else None,
                error=self.blocked,
            )
            return [create, *([self._paint(wanted["colour"])] if wanted["colour"] else [])]
        changed = changes(wanted, found.object)
        return [
            *([Action("UpdateThing", {"Id": SELF_ID, "Size": changed["size"]}, changed)] if "size" in changed else []),
            *([self._paint(changed["colour"])] if "colour" in changed else []),
        ]

    def _paint(self, colour: str) -> Action:
        return Action("PaintThing", {"Id": SELF_ID, "Colour": colour}, {"colour": colour})

    def _find_created(self) -> Params | None:
        found = self.find().object
        return {"Id": found["thing_id"]} if found else None

    def absent(self, found: Found) -> list[Action]:
        return [Action("DeleteThing", {"Id": SELF_ID}, deletes=True)] if found.object else []

    def check(self, found: Found, after: Params) -> None:
        type(self).guarded += 1
        if after.get("size") == 13:
            raise RefusedError("Not thirteen.")


def run(world: World, *, state: str = "present", seconds: float = 60.0, **options: Any) -> Outcome:
    engine = {name: options.pop(name) for name in ("check", "dry_run") if name in options}
    wait = options.pop("wait", True)
    kind = options.pop("kind", Thing)
    session = world.session(seconds)
    thing = kind({"name": "shop", "state": state, **options}, session)
    return Engine(thing, session, wait=wait).run(state, **engine)


def test_create_waits_and_reads_back() -> None:
    world = World()
    outcome = run(world, size=3)
    assert outcome.changed
    assert outcome.object == {"thing_id": "t-1", "name": "shop", "size": 3, "colour": None, "status": "ready"}
    assert outcome.before == {}
    assert outcome.actions == ["create_thing"]
    assert outcome.waited


def test_again_changes_nothing_and_reads_once() -> None:
    world = World()
    run(world, size=3)
    world.calls.clear()
    outcome = run(world, size=3)
    assert not outcome.changed
    assert world.calls == [("ListThings", {})]


def test_what_is_left_out_is_left_alone() -> None:
    world = World()
    world.add("shop", Size=5, Colour="red")
    assert not run(world).changed
    outcome = run(world, size=6)
    assert (outcome.object or {})["colour"] == "red"
    assert (outcome.before["size"], outcome.after["size"]) == (5, 6)


def test_several_writes_wait_for_each_other() -> None:
    world = World()
    outcome = run(world, size=2, colour="blue")
    assert world.writes == ["CreateThing", "PaintThing"]
    assert world.named("PaintThing")[0]["Id"] == "t-1"
    between = [name for name, _params in world.calls]
    assert "ListThings" in between[between.index("CreateThing") : between.index("PaintThing")]
    assert (outcome.object or {})["colour"] == "blue"


def test_absent_waits_until_it_is_gone_and_twice_is_no_change() -> None:
    world = World()
    world.add("shop")
    outcome = run(world, state="absent")
    assert outcome.changed
    assert outcome.object is None
    assert outcome.after == {}
    assert world.things == {}
    assert not run(world, state="absent").changed


@pytest.mark.parametrize(
    ("there", "options", "actions", "after"),
    [
        ({}, {"size": 2}, ["create_thing"], {"thing_id": KNOWN_AFTER_APPLY, "size": 2, "status": KNOWN_AFTER_APPLY}),
        ({"Size": 1}, {"size": 2}, ["update_thing"], {"thing_id": "t-1", "size": 2, "status": "ready"}),
        ({"Size": 2}, {"size": 2}, [], {"thing_id": "t-1", "size": 2}),
        ({"Size": 2}, {"state": "absent"}, ["delete_thing"], {}),
    ],
)
def test_check_mode_plans_and_writes_nothing(there: Params, options: Params, actions: list[str], after: Params) -> None:
    world = World()
    if there:
        world.add("shop", **there)
    outcome = run(world, check=True, **options)
    assert outcome.actions == actions
    assert outcome.after.items() >= after.items()
    assert world.writes == []


def test_check_mode_says_what_the_run_then_does() -> None:
    world = World()
    world.add("shop", Size=1)
    checked = run(world, check=True, size=2, colour="red")
    done = run(world, size=2, colour="red")
    assert checked.actions == done.actions
    assert checked.after == done.after
    assert result(checked, Thing)["diff"] == result(done, Thing)["diff"]


def test_dry_run_is_sent_in_check_mode_only_when_asked_for() -> None:
    world = World()
    run(world, check=True, dry_run=True, size=1)
    assert [params.get("DryRun") for params in world.named("CreateThing")] == [True]
    assert world.things == {}


def test_dry_run_that_would_fail_fails() -> None:
    world = World()
    world.trouble["CreateThing"] = [error("QuotaExceeded.Things")]
    with pytest.raises(CloudError, match="QuotaExceeded"):
        run(world, check=True, dry_run=True, size=1)


@pytest.mark.parametrize("check", [False, True])
def test_guards_stand_before_the_first_write(check: bool) -> None:
    world = World()
    with pytest.raises(RefusedError, match="thirteen"):
        run(world, size=13, check=check)
    assert world.writes == []


def test_guards_are_not_asked_when_nothing_changes() -> None:
    world = World()
    world.add("shop", Size=13)
    before = Thing.guarded
    run(world, size=13)
    assert Thing.guarded == before


class BlockedThing(Thing):
    blocked = "The file is not there."


def test_blocked_is_for_check_mode_to_show_and_for_a_run_to_refuse() -> None:
    world = World()
    assert run(world, check=True, kind=BlockedThing).changed
    with pytest.raises(RefusedError, match="not there"):
        run(world, kind=BlockedThing)
    assert world.writes == []


@pytest.mark.parametrize("jobs", [True, False])
def test_lost_answer_is_repeated_with_the_same_token(jobs: bool) -> None:
    world = World(jobs=jobs)
    world.lost.add("CreateThing")
    outcome = run(world, size=1)
    tokens = [params["ClientToken"] for params in world.named("CreateThing")]
    assert len(tokens) == 2
    assert len(set(tokens)) == 1
    assert len(world.things) == 1
    assert (outcome.object or {})["thing_id"] == "t-1"


def test_each_write_has_a_token_of_its_own() -> None:
    world = World()
    run(world, size=1, colour="red")
    tokens = [params["ClientToken"] for name, params in world.calls if name in ("CreateThing", "PaintThing")]
    assert len(set(tokens)) == 2


def test_tokens_follow_from_the_run_and_the_request() -> None:
    """So that both tries of a run carry the same one, and another run does not get the answer to this one."""
    world = World()
    session, other = world.session(), world.session()
    create = Action("CreateThing", {"Name": "shop"}, token=True)
    for asked, name in ((session, "shop"), (session, "shop"), (session, "shop-2"), (other, "shop-3")):
        asked.write("alb", create, {"Name": name})
    first, again, second, third = (params["ClientToken"] for params in world.named("CreateThing"))
    assert first == again
    assert len({first, second, third}) == 3
    assert len(world.things) == 3


class HealingThing(Thing):
    heals = True


def test_lost_answer_without_a_token_is_looked_for() -> None:
    world = World(tokens=False)
    world.lost.add("CreateThing")
    run(world, size=1, kind=HealingThing)
    assert world.writes == ["CreateThing"]
    assert "ClientToken" not in world.named("CreateThing")[0]
    assert len(world.things) == 1


def test_lost_answer_of_a_delete() -> None:
    world = World()
    world.add("shop")
    world.lost.add("DeleteThing")
    assert run(world, state="absent").changed
    assert world.things == {}


@pytest.mark.parametrize(
    "errors",
    [
        [error("Throttling.User"), error("ServiceUnavailable", 503)],
        [error("IncorrectStatus.Thing")] * 3,
        [error("SystemBusy"), error("Throttling", retry_after=2.0)],
    ],
)
def test_passing_errors_are_survived(errors: list[CloudError]) -> None:
    world = World()
    world.add("shop")
    world.trouble["UpdateThing"] = list(errors)
    assert (run(world, size=9).object or {})["size"] == 9


def test_a_new_resource_that_is_not_known_everywhere_yet() -> None:
    """Terraform's provider repeats ResourceNotFound.LoadBalancer of an update just after the creation."""
    world = World()
    world.trouble["PaintThing"] = [error("ResourceNotFound.Thing", 404)] * 3
    assert (run(world, size=1, colour="red").object or {})["colour"] == "red"


def test_an_old_resource_that_is_gone_is_told_at_once() -> None:
    world = World()
    world.add("shop")
    world.trouble["PaintThing"] = [error("ResourceNotFound.Thing", 404)]
    with pytest.raises(CloudError, match="Thing"):
        run(world, colour="red")


@pytest.mark.parametrize("status", ["Creating", "Configuring"])
def test_a_killed_run_left_it_on_its_way(status: str) -> None:
    world = World()
    world.add("shop", Status=status, wait=3)
    outcome = run(world, size=1)
    assert not outcome.changed
    assert (outcome.object or {})["status"] == "ready"


def test_a_killed_run_left_it_on_its_way_out() -> None:
    world = World()
    world.add("shop", Status="Deleting", wait=3)
    outcome = run(world, size=1)
    assert outcome.actions == ["create_thing"]
    world = World()
    world.add("shop", Status="Deleting", wait=3)
    assert not run(world, state="absent").changed


def test_the_create_of_a_killed_run_lands_between_search_and_create() -> None:
    world = World()
    listing = world.operations["ListThings"]

    def late(params: Params) -> Params:
        answer = listing(params)
        if not world.things:
            world.add("shop", Size=1, Status="Creating", wait=2)
        return answer

    world.operations["ListThings"] = late
    outcome = run(world, size=4)
    assert world.writes == ["CreateThing", "UpdateThing"]
    assert (outcome.object or {})["size"] == 4
    assert len(world.things) == 1


def test_what_somebody_else_has_is_an_error_all_the_same() -> None:
    world = World()
    world.trouble["CreateThing"] = [error("ResourceAlreadyExist.Thing") for _attempt in range(3)]
    with pytest.raises(CloudError) as caught:
        run(world, size=4)
    assert caught.value.purpose == "Cannot create thing"


def test_one_of_our_name_whose_creation_failed_is_made_anew() -> None:
    world = World()
    world.add("shop", Status="Failed")
    checked = run(world, check=True, size=4)
    assert world.writes == []
    done = run(world, size=4)
    assert checked.actions == done.actions == ["delete_thing", "create_thing"]
    assert done.changed
    assert [(thing["Size"], thing["Status"]) for thing in world.things.values()] == [(4, "Ready")]


def test_one_named_by_id_whose_creation_failed_can_only_be_removed() -> None:
    world = World()
    identity = world.add("shop", Status="Failed")
    with pytest.raises(CloudError, match="is in the state failed") as caught:
        run(world, thing_id=identity)
    assert f"thing_id: {identity} and state: absent" in caught.value.hint
    assert caught.value.code == "failed"
    assert world.writes == []
    assert run(world, thing_id=identity, state="absent").changed
    assert world.things == {}


def test_a_creation_that_fails_says_how_to_go_on() -> None:
    world = World()
    create = world.operations["CreateThing"]

    def fail(params: Params) -> Params:
        answer = create(params)
        world.things[answer["Id"]]["Status"] = "Failed"
        return answer

    world.operations["CreateThing"] = fail
    writes: list[dict[str, Any]] = [{}, {"colour": "red"}]
    for options in writes:  # with another write after it
        world.things.clear()
        with pytest.raises(CloudError, match="is in the state failed") as caught:
            run(world, size=1, **options)
        assert "Run again" in caught.value.hint
    world.operations["CreateThing"] = create
    assert run(world, size=1).changed


def test_deleted_by_another_while_it_is_waited_for_is_told_at_once() -> None:
    world = World(settling=5)
    listing = world.operations["ListThings"]

    def vanish(params: Params) -> Params:
        answer = listing(params)
        if len(world.named("ListThings")) == 3:
            world.things.clear()
        return answer

    world.operations["ListThings"] = vanish
    with pytest.raises(CloudError, match="t-1 is gone: it was deleted") as caught:
        run(world, size=1, seconds=600.0)
    assert caught.value.kind is Kind.MISSING
    assert world.clock.now < 1000.0 + 10.0


def test_a_new_one_that_is_never_shown_is_not_waited_for_to_the_end() -> None:
    world = World()
    world.operations["ListThings"] = lambda params: {"Things": []}
    with pytest.raises(CloudError, match="is gone"):
        run(world, size=1, seconds=600.0)
    assert world.clock.now < 1000.0 + 30.0


def test_a_failed_job_tells_why() -> None:
    world = World()
    world.add("shop")
    world.failed_job = {"Status": "Failed", "ErrorCode": "InternalError", "ErrorMessage": "It broke."}
    with pytest.raises(CloudError) as caught:
        run(world, size=2)
    report = caught.value.report()
    assert report["msg"].startswith("Cannot update thing: job job-1 (UpdateThing) failed: It broke. (InternalError)")
    assert (report["code"], report["request_id"]) == ("InternalError", "R-1")


def test_a_job_that_does_not_end() -> None:
    world = World()
    world.add("shop")
    world.failed_job = {"Status": "Processing"}
    world.operations["UpdateThing"] = lambda params: {"RequestId": "R-1"}
    with pytest.raises(CloudError, match=r"not enough for job job-1 \(PaintThing\)") as caught:
        run(world, size=2, colour="red", seconds=10.0)
    assert (caught.value.code, caught.value.request_id) == ("WaitTimeout", "R-2")


def test_without_waiting() -> None:
    world = World(settling=100)
    outcome = run(world, size=1, wait=False)
    assert not outcome.waited
    assert (outcome.object or {})["status"] == "creating"
    assert world.clock.pauses == []


@pytest.mark.parametrize("status", ["Configuring", "Creating"])
def test_the_budget_ends(status: str) -> None:
    world = World()
    world.add("shop", Status=status, wait=10**6)
    with pytest.raises(CloudError) as caught:
        run(world, size=2, seconds=10.0)
    assert caught.value.kind is Kind.BUSY
    assert "wait_timeout" in caught.value.message
    assert "t-1" in caught.value.message
    assert caught.value.request_id == "R-read"
    assert sum(world.clock.pauses) == pytest.approx(10.0)


def test_one_budget_for_everything() -> None:
    world = World(settling=3)
    world.trouble["CreateThing"] = [error("Throttling")] * 2
    run(world, size=1, colour="red", seconds=60.0)
    assert sum(world.clock.pauses) < 60.0
    world = World(settling=3)
    world.trouble["CreateThing"] = [error("Throttling")] * 1000
    with pytest.raises(CloudError):
        run(world, size=1, seconds=20.0)
    assert sum(world.clock.pauses) <= 20.0


def test_a_write_without_effect_is_an_error() -> None:
    """Some jobs, such as that of a change of edition, have no id: that nothing changes is all that is seen of them."""
    world = World()
    world.add("shop", Size=1)
    world.operations["UpdateThing"] = lambda params: {"RequestId": "R-7"}
    with pytest.raises(CloudError, match="had no effect on the thing t-1: size is still 1") as caught:
        run(world, size=2)
    assert (caught.value.code, caught.value.request_id) == ("NoEffect", "R-7")


def test_what_shows_a_little_later_is_waited_for() -> None:
    world = World(settling=0)
    world.add("shop", Size=1)
    late: list[int] = []

    def update(params: Params) -> Params:
        late[:] = [4]
        return {"RequestId": "R-7"}

    listing = world.operations["ListThings"]

    def behind(params: Params) -> Params:
        if late and late[0] > 0:
            late[0] -= 1
            if not late[0]:
                world.things["t-1"]["Size"] = 2
        return listing(params)

    world.operations |= {"UpdateThing": update, "ListThings": behind}
    assert (run(world, size=2).object or {})["size"] == 2
    assert world.warnings == []


def test_a_value_that_the_service_writes_in_another_way_is_a_warning() -> None:
    world = World(settling=0)
    world.add("shop", Size=1)

    def rounded(params: Params) -> Params:
        world.things["t-1"]["Size"] = 10
        return {}

    world.operations["UpdateThing"] = rounded
    run(world, size=9)
    assert "update_thing" in world.warnings[0]


class Crowd(World):
    """A cloud that lets things have the same name, and tells when they were made. ``others`` come with our create."""

    def __init__(self, *others: str) -> None:
        super().__init__(settling=1)
        self.others = others
        self.used: set[str] = set()

    def create(self, params: Params) -> Params:
        self.add_created("t-b", "10:00:01")
        for other in self.others:
            self.add_created(*other.split())
        return {"Id": "t-b", "RequestId": "R-1"}

    def add_created(self, identity: str, created: str, **values: Any) -> str:
        status = {"Status": "Creating", "wait": 1, "Created": created}
        self.things[identity] = {"Id": identity, "Name": "shop", "Size": 1, **status, **values}
        return identity


class NamedThing(Thing):
    """A thing that is made by its name."""

    def present(self, found: Found) -> list[Action]:
        actions = super().present(found)
        if found.object is None:
            unique = Unique(
                "The thing 'shop'",
                lambda answer: answer["Id"],
                self._twins,
                self._is_unused,
                self._remove,
                "Remove one.",
            )
            actions[0] = Action("CreateThing", {"Name": "shop", "Size": 1}, creates=True, unique=unique)
        return actions

    def _twins(self) -> list[Twin]:
        things = self.session.read("alb", "ListThings")["Things"]
        return [
            Twin(thing["Created"], thing["Id"], thing["Status"] == "Ready")
            for thing in things
            if thing["Status"] != "Deleting"
        ]

    def _is_unused(self, identity: str) -> bool:
        return identity not in self.session.read("alb", "ListUsed")["Used"]

    def _remove(self, identity: str) -> list[Action]:
        return [Action("DeleteThing", {"Id": SELF_ID}, deletes=True)]


def crowd(*others: str, used: tuple[str, ...] = ()) -> Crowd:
    world = Crowd(*others)
    world.operations["ListUsed"] = lambda params: {"Used": used}
    return world


@pytest.mark.parametrize(
    ("other", "kept"),
    [
        ("t-a 10:00:00", "t-a"),  # older: ours gives way
        ("t-c 10:00:00", "t-c"),
        ("t-a 10:00:01", "t-a"),  # of the same second: the lesser id stays
    ],
)
def test_the_younger_of_two_made_at_the_same_moment_gives_way(other: str, kept: str) -> None:
    world = crowd(other)
    outcome = run(world, size=1, kind=NamedThing)
    assert list(world.things) == [kept]
    assert (outcome.object or {})["thing_id"] == kept
    assert world.warnings == []
    assert not outcome.changed, "what is there now was made by the other run"
    assert run(world, size=5, kind=NamedThing).actions == ["update_thing"]


@pytest.mark.parametrize("others", [("t-a 10:00:02",), ("t-c 10:00:01",), ("t-c 10:00:01", "t-d 10:00:02")])
def test_the_older_of_two_made_at_the_same_moment_stays(others: tuple[str, ...]) -> None:
    world = crowd(*others)
    listing = world.operations["ListThings"]

    def leave(params: Params) -> Params:
        """The other run sees ours as well, and removes its own a little later."""
        if len(world.named("ListThings")) > 2:
            world.things = {"t-b": world.things["t-b"]}
        return listing(params)

    world.operations["ListThings"] = leave
    outcome = run(world, size=1, kind=NamedThing)
    assert (outcome.object or {})["thing_id"] == "t-b"
    assert outcome.changed
    assert list(world.things) == ["t-b"]
    assert world.warnings == []


def test_of_the_same_second_the_one_that_was_not_seen_gives_way() -> None:
    """The other run looked before ours was there: it has gone on with its own."""
    world = crowd("t-c 10:00:01")
    outcome = run(world, size=1, kind=NamedThing)
    assert list(world.things) == ["t-c"]
    assert (outcome.object or {})["thing_id"] == "t-c"
    assert world.clock.now >= 1000.0 + GIVES_WAY_WITHIN


def test_a_younger_one_that_stays_is_told() -> None:
    world = crowd("t-a 10:00:02")
    run(world, size=1, kind=NamedThing)
    assert sorted(world.things) == ["t-a", "t-b"]
    assert "keeps t-b. There is also t-a" in world.warnings[0]
    assert "Remove one." in world.warnings[0]


def test_one_that_is_in_use_is_not_removed() -> None:
    world = crowd("t-a 10:00:00", used=("t-b",))
    with pytest.raises(RefusedError, match="made twice at the same moment, as t-b and as t-a"):
        run(world, size=1, kind=NamedThing)
    assert sorted(world.things) == ["t-a", "t-b"]


class Related(Thing):
    """A thing whose plan needs to know something beside it."""

    seen: list[Any]

    def find(self) -> Found:
        return replace(super().find(), context="beside")

    def present(self, found: Found) -> list[Action]:
        self.seen.append(found.context)
        return super().present(found)


@pytest.mark.parametrize("status", ["Ready", "Failed"])
def test_every_plan_gets_the_context_of_the_search(status: str) -> None:
    world = World()
    world.add("shop", Status=status)
    session = world.session()
    thing = Related({"name": "shop", "size": 2, "colour": None, "state": "present"}, session)
    thing.seen = []
    Engine(thing, session).run("present")
    assert len(thing.seen) >= 2, "the plan, and whether anything is left of it"
    assert set(thing.seen) == {"beside"}


def test_what_an_api_lacks_is_not_sent() -> None:
    """alidns has neither ClientToken nor DryRun."""
    for product, has in (("alb", True), ("alidns", False)):
        world = World()
        kind = type("Other", (Thing,), {"product": product})
        session = world.session()
        params = {"name": "shop", "size": 1, "colour": None, "state": "present"}
        Engine(kind(params, session), session).run("present", check=True, dry_run=True)
        Engine(kind(params, session), session).run("present")
        creates = world.named("CreateThing")
        assert [("ClientToken" in sent, "DryRun" in sent) for sent in creates] == (
            [(False, True), (True, False)] if has else [(False, False)]
        )
