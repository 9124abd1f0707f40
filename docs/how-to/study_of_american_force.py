"""A second study, made up to show how one is written: two claims about American uses of force, and a count.

Run it with ``python study_of_american_force.py``; the same object goes to ``ist.verify`` and to a test of your own.
"""

import interventions_stats as ist
from interventions_stats import studies
from interventions_stats.drivers import Driver

APPROVAL = Driver(
    id="A",
    name="approval_at_home",
    title="Approval at home",
    theory="A president in trouble at home may look for a crisis abroad.",
    would_count="Uses of force follow months of low approval.",
    propositions=(
        ist.Proposition(
            id="A1", driver="approval_at_home", unit="actor-month", exposure="-approval", lists=("mid",),
            statement="Lower approval of the president raises the chance of a use of force in the following month.",
        ),
    ),
)  # fmt: skip


def correlation(found):
    """What the report computed: Spearman's correlation of last month's approval with uses of force."""
    return studies.correlated(found, "A1")


def pace(found):
    """At least one use of force a year, in the years that the list covers."""
    first, last = found.events.coverage
    rate = len(found.events) / (last - first + 1)
    return [studies.LiteralTest(name="onsets a year", number=f"{rate:.2f}", value=rate, holds=rate >= 1)]


def by_source():
    """The same count by each source that codes the United States: how strong the description is."""
    values = {}
    for source in ("mid", "imi"):
        events = ist.load_events(source, actor="USA")
        values[source] = len(events) / (events.coverage[1] - events.coverage[0] + 1)
    return studies.Census(studies.census_verdict(values, ">=", 1.0), values)


STUDY = studies.Study(
    name="american_force",
    title="a made-up report on American force",
    actor="USA",
    events="mid",
    drivers=(APPROVAL,),
    claims=(
        studies.Claim(
            id="F1", text="Presidents did not turn to force when approval was low.", tested_by=("A1",), reading="dismissed",
            literal=correlation,
        ),
        studies.Claim(
            id="F2", text="The country uses force at least once a year.", kind="census", census=by_source, reading="holds",
            rule="measures", literal=pace,
        ),
        studies.Claim(
            id="F3", text="Presidents sincerely believed that force would work.", kind="untestable", rule="untestable",
            note="needs private papers",
        ),
    ),
)  # fmt: skip


if __name__ == "__main__":
    report = ist.replicate(study=STUDY, quick=True)
    print(report.summary())
