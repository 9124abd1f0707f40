"""The method as pure functions of plain numbers: effects of interest, verdicts, flags, grades, guards, language.

A rule sees numbers, strings and small frozen dataclasses of them, never a
panel, a frame or a fit, so every floor above may ask it.  Nothing here needs
more than the standard library.

============================  =====================================================
module                        concept
============================  =====================================================
:mod:`.sesoi`                 claim wording -> smallest effect size of interest
:mod:`.evidence_numbers`      the numbers that a verdict is read off
:mod:`.clause`                one condition: value, threshold, met or not
:mod:`.clauses`               the conditions of each verdict, of one test
:mod:`.clauses_elsewhere`     the conditions over specifications, lists, deletions
:mod:`.flips`                 in words, the nearest change that would flip one
:mod:`.verdict`               the order of the verdicts
:mod:`.driver`                propositions -> driver
:mod:`.census`                lists and codings -> a descriptive claim
:mod:`.flags`, :mod:`.grade`  what is printed beside a verdict
:mod:`.multiplicity`          Holm, intersection-union
:mod:`.falsifier`             when a falsifier has failed
:mod:`.guards`                G01-G28
:mod:`.absence`               the language check
:mod:`.wording`               sentences that carry their bound
============================  =====================================================
"""
