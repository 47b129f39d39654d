"""Front-line staff certified on the script as it stood then."""

from tests.kpis.talk import passes, script, works
from tests.kpis.world import World

NOW = "2027-04-01 02:00"


def test_a_certificate_is_for_the_script_as_it_stands(world: World) -> None:
    script(world, "installer.en", "v1", "2027-01-01")
    good, failed, old, _never = (works(world, firm="Meterfit") for _ in range(4))
    passes(world, good, "v1", "2027-02-01")
    passes(world, failed, "v1", "2027-02-01", passed=0)
    passes(world, old, "v0", "2027-02-01")
    assert world.counts("B16", NOW) == (1, 4)
    assert world.counts("B16 firm=Meterfit", NOW) == (1, 4)
    script(world, "installer.en", "v2", "2027-03-01")
    assert world.counts("B16", NOW) == (0, 4)
    assert world.counts("B16", "2027-02-15") == (1, 4)               # as of then, v1 held
    passes(world, good, "v2", "2027-03-15")
    passes(world, good, "v2", "2027-03-16")                          # twice is once
    assert world.counts("B16", NOW) == (1, 4)
    assert world.counts("B16", "2027-03-10") == (0, 4)


def test_each_role_and_language_has_its_own_script(world: World) -> None:
    for ref in ("installer.en", "cashier.en"):
        script(world, ref, f"{ref} v1", "2027-01-01")
    passes(world, works(world), "installer.en v1", "2027-02-01")
    passes(world, works(world, "cashier"), "installer.en v1", "2027-02-01")          # another role's quiz
    values = world.kpis(NOW)
    assert (values["B16 role=installer"].value, values["B16 role=cashier"].value) == (100, 0)


def test_only_the_front_line_in_service_counts(world: World) -> None:
    works(world, "executive")
    works(world, left="2027-03-01")
    works(world, since="2027-04-02")
    works(world)
    assert world.counts("B16", NOW) == (0, 1)
    assert world.counts("B16", "2027-02-01") == (0, 2)
    assert world.kpis(NOW)["B16"].status == "missed"                 # nobody has recorded a script yet: nobody is certified
