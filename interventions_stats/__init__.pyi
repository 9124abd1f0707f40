"""What type checkers know of this face. Written by `make stubs` from `__init__.py`; do not edit."""

from interventions_stats import datasets as datasets
from interventions_stats import display as display
from interventions_stats import drivers as drivers
from interventions_stats import errors as errors
from interventions_stats import estimators as estimators
from interventions_stats import events as events
from interventions_stats import inference as inference
from interventions_stats import panels as panels
from interventions_stats import reporting as reporting
from interventions_stats import robustness as robustness
from interventions_stats import rules as rules
from interventions_stats import studies as studies
from interventions_stats.assessment.agreement import agreement as agreement
from interventions_stats.assessment.battery import battery as battery
from interventions_stats.assessment.compare import compare as compare
from interventions_stats.assessment.correlation import correlate as correlate
from interventions_stats.assessment.diagnosis import diagnose as diagnose
from interventions_stats.assessment.guards_table import guards as guards
from interventions_stats.assessment.run import test as test
from interventions_stats.assessment.update import update as update
from interventions_stats.drivers.proposition import Choice as Choice
from interventions_stats.drivers.proposition import Control as Control
from interventions_stats.drivers.proposition import Falsifier as Falsifier
from interventions_stats.drivers.proposition import Proposition as Proposition
from interventions_stats.engine.exact.binomial import binomial_test as binomial_test
from interventions_stats.engine.exact.contingency import cmh_test as cmh_test
from interventions_stats.engine.exact.contingency import fisher_test as fisher_test
from interventions_stats.engine.exact.logistic import exact_logistic as exact_logistic
from interventions_stats.engine.exact.rate import rate_ratio as rate_ratio
from interventions_stats.engine.fit.margins import marginal_effects as marginal_effects
from interventions_stats.engine.fit.predictions import predictions as predictions
from interventions_stats.engine.models.cloglog import cloglog as cloglog
from interventions_stats.engine.models.conditional_logit import conditional_logit as conditional_logit
from interventions_stats.engine.models.cox import cox as cox
from interventions_stats.engine.models.firth_logit import firth_logit as firth_logit
from interventions_stats.engine.models.flac import flac as flac
from interventions_stats.engine.models.logit import logit as logit
from interventions_stats.engine.models.negative_binomial import negative_binomial as negative_binomial
from interventions_stats.engine.models.poisson import poisson as poisson
from interventions_stats.engine.models.rare_events_logit import rare_events_logit as rare_events_logit
from interventions_stats.engine.permutation.circular import circular_shift_test as circular_shift_test
from interventions_stats.events.definitions import load_events as load_events
from interventions_stats.events.event_list import EventList as EventList
from interventions_stats.events.reader import read_events as read_events
from interventions_stats.evidence.detectable_effects import minimum_detectable_effect as minimum_detectable_effect
from interventions_stats.evidence.rally import rally as rally
from interventions_stats.panels.build import panel as panel
from interventions_stats.replication.claims import claims as claims
from interventions_stats.replication.compare import diff as diff
from interventions_stats.replication.verification import verify as verify
from interventions_stats.reporting.citations import cite as cite
from interventions_stats.reporting.glossary import glossary as glossary
from interventions_stats.reporting.publish import replicate as replicate
from interventions_stats.reporting.tables import to_docx as to_docx
from interventions_stats.reporting.tables import to_html as to_html
from interventions_stats.reporting.tables import to_latex as to_latex
from interventions_stats.reporting.tables import to_markdown as to_markdown
from interventions_stats.robustness.specification_curve import multiverse as multiverse

__version__: str
__all__ = [
    "replicate",
    "claims",
    "diff",
    "verify",
    "test",
    "battery",
    "compare",
    "correlate",
    "update",
    "diagnose",
    "agreement",
    "guards",
    "load_events",
    "read_events",
    "EventList",
    "panel",
    "Proposition",
    "Choice",
    "Control",
    "Falsifier",
    "logit",
    "firth_logit",
    "flac",
    "cloglog",
    "poisson",
    "negative_binomial",
    "conditional_logit",
    "rare_events_logit",
    "cox",
    "marginal_effects",
    "predictions",
    "rate_ratio",
    "fisher_test",
    "cmh_test",
    "exact_logistic",
    "binomial_test",
    "circular_shift_test",
    "minimum_detectable_effect",
    "rally",
    "multiverse",
    "cite",
    "glossary",
    "to_latex",
    "to_docx",
    "to_html",
    "to_markdown",
    "datasets",
    "display",
    "drivers",
    "errors",
    "estimators",
    "events",
    "inference",
    "panels",
    "reporting",
    "robustness",
    "rules",
    "studies",
    "__version__",
]
