"""How English denies an effect, and how it states a bound on one.

Every pattern is written for normalised text: one sentence, plain quotes and
hyphens, single spaces (see :func:`.absence.sentences`).  The lists are
deliberately wide: a false alarm costs an author one clause with the bound in it,
a miss lets a verdict be read as more than it is.
"""

from __future__ import annotations

import re

from interventions_stats.rules.absence_idioms import IDIOMS

# Nouns of effect.  "random effects" and the like are terms, not effects.
_NOUN = (
    r"(?:effects?|influences?|impacts?|roles?|relations?|relationships?|associations?|correlations?|links?|linkages?|"
    r"connections?|bearing|importance|relevance|consequences?|contributions?|dependence|sway|differences?|"
    r"(?:explanatory|predictive|causal) (?:power|value|force))"
)
# Up to three words that qualify a noun; function words and verbs end the phrase.
_QUALIFIER = (
    r"(?:(?!(?:that|which|who|what|the|this|an?|of|to|for|in|on|at|is|are|was|were|has|have|had|shows?|finds?|doubt|"
    r"reason|need|more|less|fewer|larger|greater|other|random|fixed|mixed|design|smallest|and|but)\b)[a-z][a-z-]*,? ){0,3}?"
)
_ARTICLE = r"(?:(?:an?|any|the|much|some|one) )?"
_ADVERB = (
    r"(?:(?:at all|even|ever|actually|really|significantly|primarily|mainly|mostly|chiefly|principally|simply|itself|"
    r"directly|causally|statistically|systematically|substantially|materially|plausibly|appear to|appears to|seem to|"
    r"seems to|solely|largely|in any way|much) )*"
)
_NOT = r"(?:not|never)"
_AUX = (
    r"(?:(?:do|does|did|has|have|had|will|could) (?:not|never)|(?:don|doesn|didn|hasn|haven|hadn|won|couldn|can)'t|"
    r"cannot|can not|can never|no longer|never|fail(?:s|ed)? to|failing to|hardly|scarcely)"
)
_BE = r"(?:is|are|was|were|be|been|being|am|seems?|seemed|appears?|appeared|remains?|remained)"
_BE_NOT = rf"(?:{_BE} (?:\w+ )?{_NOT}|(?:isn|aren|wasn|weren)'t|cannot be|can not be|can't be|not)"

# Verbs that need no object to be a claim about causes.
_VERB = (
    r"(?:matter(?:s|ed)?|influenc(?:e|es|ed)|affect(?:s|ed)?|driv(?:e|es|en)|drove|explain(?:s|ed)?|caus(?:e|es|ed)|"
    r"shap(?:e|es|ed)|determin(?:e|es|ed)|predict(?:s|ed)?|trigger(?:s|ed)?|prompt(?:s|ed)?|motivat(?:e|es|ed)|"
    r"provok(?:e|es|ed)|spur(?:s|red)?|induc(?:e|es|ed)|encourag(?:e|es|ed)|contribut(?:e|es|ed)|account(?:s|ed)? for|"
    r"impact(?:s|ed)?|bear(?:s)? on|correlat(?:e|es|ed) with|depend(?:s|ed)? (?:up)?on|hing(?:e|es|ed) on|"
    r"respond(?:s|ed)? to|react(?:s|ed)? to|var(?:y|ies|ied) with|lead(?:s)? to|led to|underl(?:ie|ies|ay)|figure(?:s|d)? in|"
    r"make(?:s)? (?:an?|any|much) difference|count(?:s|ed)?(?= ?(?:[.,;:!)]|$)))"
)
# Verbs that are claims about causes only when their object is an onset or its rate.
_OUTCOME = (
    r"(?:onsets?|interventions?|interven\w+|risks?|rates?|odds|hazards?|probabilit\w+|likelihood|chances?|frequenc\w+|"
    r"propensit\w+|use of force|wars?|conflicts?|attacks?|decisions?|behaviou?r|policy)"
)
_VERB_ON_OUTCOME = (
    rf"(?:rais(?:e|es|ed)|increas(?:e|es|ed)|lower(?:s|ed)?|reduc(?:e|es|ed)|decreas(?:e|es|ed)|chang(?:e|es|ed)|"
    rf"alter(?:s|ed)?|mov(?:e|es|ed)|produc(?:e|es|ed)) (?:[\w'-]+ ){{0,5}}?{_OUTCOME}"
)
_PARTICIPLE = (
    r"(?:driven|caused|explained|influenced|affected|motivated|triggered|determined|shaped|related|associated|correlated|"
    r"linked|connected|tied|prompted|provoked|governed|guided|predicted by|attributable|due to|because of|"
    r"a function of|a response to|the (?:result|product|consequence) of|a (?:result|product|consequence|matter) of|"
    r"relevant|important|decisive|responsible|to blame|at work)"
)
_CAUSE = r"(?:drivers?|causes?|factors?|motives?|determinants?|predictors?|explanations?|triggers?|reasons?(?! to\b))"
_UNRELATED = r"(?:unrelated|uncorrelated|unassociated|unconnected|irrelevant|immaterial|inconsequential|unimportant)"
_EVIDENCE = r"(?:evidence|signs?|traces?|hints?|indications?|proof|support|suggestion|basis|grounds?)"
# What a check of the data or the software may find none of.
_TECHNICAL = (
    r"(?:an? |any |the )?(?:complete |quasi-?complete )?(?:separation|tampering|duplicat\w+|missing (?:rows|values|data)|errors?\b|"
    r"misreporting|absence|no\b|zero|null|convergence|overflow)"
)
_INVARIANT = (
    r"(?:the |each |one |any |its )?(?:number of |choice of |order of )?(?:random )?(?:seeds?|workers?|threads?|rows?|row order|columns?|"
    r"order|platform|machine|hash|units?|scale|scaling|case|other|another|spelling|locale)\b"
)

#: Name and pattern of each way to deny an effect.
ABSENCE: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        (
            "no effect",
            rf"\b(?:no|zero|nil|not any|without|lack(?:s|ed|ing)?|devoid of|(?:absence|lack) of)[ -](?:or (?:little|no) |to no )?"
            rf"(?:(?:any|an?) )?(?!power\b){_QUALIFIER}{_NOUN}\b(?! sizes?\b)(?! (?:larger|greater) than (?:that|the))",
        ),
        ("null effect", r"\bnull (?:effects?|relationships?|associations?|correlations?|influences?)\b"),
        (
            "no change",
            r"\bno (?:statistically )?(?:significant|detectable|discernible|measurable|systematic|apparent|visible|clear) "
            r"(?:changes?|increases?|decreases?|rises?|patterns?|tendency|responses?|shifts?|coefficients?)\b",
        ),
        (
            "no added risk",
            rf"\bno (?:\w+ )?(?:(?:added|additional|extra|excess|increased|raised|higher|elevated) {_OUTCOME}|(?:changes?|increases?|decreases?|rises?|falls?|drops?) (?:in|of) (?:\w+ ){{0,3}}?{_OUTCOME})\b",
        ),
        ("no more likely", r"\bno (?:more|less) (?:often|frequent(?:ly)?|likely|common|prone)\b"),
        ("does not differ", rf"\b{_OUTCOME}[^.;,]{{0,40}}? {_AUX} (?:differ|change|vary)\b"),
        ("does not exist", rf"\b{_NOUN}(?: [^.;,]{{1,40}}?)? {_AUX} (?:exist|hold|persist|survive|remain)\b"),
        ("nor is there", rf"\bnor (?:is|was|are|were) there {_ARTICLE}{_QUALIFIER}{_NOUN}\b"),
        ("plays no part", r"\b(?:play|take|have|has|had)\w* (?:no|zero|little or no)(?: \w+)? part\b"),
        ("of no importance", r"\bof no (?:\w+ )?(?:importance|consequence|relevance|significance|moment|account|avail)\b"),
        ("nothing to do with", r"\bnothing (?:whatsoever |at all )?to do with\b"),
        ("explains nothing", r"\b(?:explain|add|contribute|change|mean|do|did|count)(?:s|es|ed|d)? (?:for )?nothing\b"),
        ("nothing suggests", r"\bnothing (?:here |in [\w ]{1,40} )?(?:suggests?|indicates?|shows?|points to|links?|connects?|to suggest)\b"),
        ("does not matter", rf"\b{_AUX} {_ADVERB}(?:have )?{_VERB}\b"),
        ("seems not to matter", rf"\b(?:seem|appear|found|shown|prove|known)(?:s|ed|d|n)? not to (?:{_VERB}|{_VERB_ON_OUTCOME}|have {_ARTICLE}{_QUALIFIER}{_NOUN})\b"),
        ("not because of", rf"\b{_AUX} (?:use force|intervene|attack|invade|go to war|act) because of\b"),
        ("whatever it is", r"\b(?:whatever (?:the )?[\w ]{1,30}? (?:is|was|be|may be|happens)|the same (?:whoever|whatever)|no matter (?:how|what|who|which|whether))\b(?! many (?:workers|threads|rows))"),
        ("does not raise onset", rf"\b{_AUX} {_ADVERB}{_VERB_ON_OUTCOME}\b"),
        (
            "does not have an effect",
            rf"\b{_AUX} {_ADVERB}(?:have|has|had|play|plays|played|exert|exerts|exerted|take|took) {_ARTICLE}{_QUALIFIER}(?:{_NOUN}|part)\b",
        ),
        (
            "did not find an effect",
            rf"\b(?:(?:do|does|did) not|don't|doesn't|didn't|fail(?:s|ed)? to|could not|couldn't) (?:find|detect|observe|see|reveal|show|establish|uncover|discover) "
            rf"{_ARTICLE}(?:evidence|sign|{_QUALIFIER}{_NOUN})\b",
        ),
        ("not driven by", rf"\b(?:{_BE_NOT}|{_AUX}(?: have)? (?:be|been)) {_ADVERB}{_PARTICIPLE}\b"),
        (
            "not a driver",
            rf"\b(?:{_BE_NOT}|{_AUX}(?: have)? (?:be|been)|hardly|scarcely) {_ADVERB}(?:an?|the|any|one|one of the|among the) {_QUALIFIER}{_CAUSE}\b",
        ),
        ("not what drives", rf"\b(?:{_BE_NOT} what|(?:is|was|were) not [^.;,]{{1,50}}? (?:that|which|who)) (?:{_VERB}|{_VERB_ON_OUTCOME})\b"),
        ("not about", rf"\b(?:wars?|interventions?|onsets?|invasions?|conflicts?) {_BE_NOT} (?:\w+ )?about\b"),
        ("there is not", rf"\bthere (?:{_BE_NOT}|{_BE} not to be) {_ARTICLE}{_QUALIFIER}{_NOUN}\b"),
        ("effect: none", rf"\b{_NOUN} ?[:=] ?(?:none|nil|zero|no|0)\b(?!\.\d)"),
        ("effect vanishes", rf"\b{_NOUN} (?:\w+ )?(?:vanish|disappear|evaporat|dissolv|go away|goes away|went away|(?:drop|fall|shrink)s? to zero)\w*"),
        ("absent any effect", rf"\babsent (?:any|an?) {_QUALIFIER}{_NOUN}\b"),
        ("no one shows an effect", rf"\b(?:no|not (?:a single|one)) (?:[\w-]+ ){{1,4}}?(?:shows?|finds?|found|reveals?|detects?|yields?|has|have|had) {_ARTICLE}{_QUALIFIER}{_NOUN}\b"),
        ("is no driver", rf"\b(?:{_BE}|as) no {_QUALIFIER}{_CAUSE}\b"),
        (
            "not significant",
            rf"\bnot (?:statistically )?significant(?:ly)?\b(?! evidence)|\b(?:{_BE}|to be) (?:\w+ )?(?:insignificant|non-?significant)\b|\binsignificant {_QUALIFIER}{_NOUN}\b",
        ),
        ("indistinguishable from zero", r"\b(?:indistinguishable|not (?:\w+ )?(?:different|distinguishable)) from (?:zero|nil|null|one|1)\b"),
        (
            "effect is zero",
            rf"\b(?:{_NOUN}|coefficients?|estimates?)(?: (?:of|on|from|between|for) [\w ,'-]{{1,60}}?)? (?:{_BE}|equals?|proved|proves) "
            rf"(?:\w+ )?(?:zero|nil|null|absent|non-?existent|negligible|nothing)\b",
        ),
        ("negligible effect", rf"\bnegligible {_QUALIFIER}{_NOUN}\b|\b{_BE} (?:\w+ )?negligible\b"),
        (
            "unrelated to",
            rf"\b(?:(?:{_BE}|be|prove[sd]?|and|or|nor|turn(?:s|ed) out(?: to be)?|as) (?:(?!not\b|never\b)[\w-]+ )?{_UNRELATED}\b|{_UNRELATED} (?:to|with|for)\b)(?! by (?:construction|design)\b)",
        ),
        (
            "independent of",
            rf"\b(?:independent(?:ly)? (?:of|from)|regardless of|irrespective of|unaffected by|uninfluenced by|unmoved by|insensitive to) (?!{_INVARIANT})(?![^.;,]{{0,60}} by (?:construction|design)\b)",
        ),
        ("neither nor", rf"\bneither\b[^.;]{{1,80}}\bnor\b[^.;]{{1,60}}?\b(?:{_VERB}|{_VERB_ON_OUTCOME}|(?:has|have|had|plays?|played) {_ARTICLE}{_NOUN}|{_PARTICIPLE})\b"),
        ("neither a cause nor", rf"\bneither (?:an? |the )?{_QUALIFIER}{_CAUSE} nor\b"),
        ("nor does it matter", rf"\bnor (?:do|does|did)\b[^.;,]{{1,60}}?\b{_VERB}"),
        ("none matters", rf"\bnone of (?:the|these|those|them|its|our)\b[^.;]{{0,60}}?\b(?:{_VERB}|(?:has|have|had|plays?|played) {_ARTICLE}{_NOUN}|{_BE} {_ARTICLE}{_CAUSE})"),
        ("no variable matters", rf"\bno (?:(?!one\b|longer\b|that\b|which\b)[\w-]+ ){{1,3}}{_VERB}\b"),
        ("no evidence of", rf"\b(?:no|little|scant|hardly any|scarcely any) {_QUALIFIER}{_EVIDENCE}(?: whatsoever| at all)? (?:of|for|that|to (?:suggest|support|link)|linking|connecting|supporting)\b(?! {_TECHNICAL})"),
        ("lack of evidence", rf"\b(?:lack|absence) of (?:any )?{_EVIDENCE} (?:of|for|that)\b"),
        ("finds no support", r"\b(?:find|found|receive|get|got|enjoy|have|has|had)(?:s|d)? (?:no|little) (?:\w+ )?(?:support|confirmation)\b|\black(?:s|ed)? (?:\w+ )?(?:support|confirmation)\b"),
        ("excluded as a cause", rf"\b(?:excluded|ruled out|dismissed|rejected|discounted|eliminated) as (?:an?|the) {_QUALIFIER}(?:{_CAUSE}|{_NOUN})\b"),
        ("ruled out", r"\b(?:rul(?:es?|ed|ing) out|(?:can|may|should|must|could) (?:\w+ )?be (?:excluded|dismissed|rejected|discarded|discounted|set aside))\b"),
        ("excludes any effect", rf"\bexclud(?:e|es|ed|ing) (?:any|an|all|every) {_QUALIFIER}{_NOUN}\b"),
        (
            "theory refuted",
            r"\b(?<!null )(?:theory|theories|hypothesis|explanation|account|idea|view|claim|story)(?: that [^.;,]{1,60}?)? (?:is|are|was|were|has been|stands) (?:\w+ )?"
            r"(?:rejected|refuted|disproved|disproven|falsified|discredited|dismissed|wrong|false)\b(?! (?:only|if|when|where|unless|once))",
        ),
        ("disproves", r"\b(?:disprov(?:es?|ed|en)|refut(?:es|ed)|debunk(?:s|ed)?|discredit(?:s|ed)?)\b"),
        *IDIOMS,
    )
)  # fmt: skip

# --------------------------------------------------------------------------- exemptions

_SAY = (
    r"(?:say|said|claim|conclude|concluded|infer|inferred|show|shown|prove|proved|establish|established|mean|imply|demonstrate|assert|"
    r"suggest|argue|tell|read as|taken|take|treat|interpret|interpreted|license|warrant|justify|permit|confirm|assume|believe|know|report|"
    r"state|write|equal|follow|amount to|support the (?:claim|view|conclusion))"
)
_WITHIN_CLAUSE = (
    r"(?:(?!\b(?:but|however|yet|although|though|while|whereas|because|since|so|therefore|hence)\b)[^;:,])*"
)

#: What, standing before a denial in the same clause, takes the claim away.
LEADS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern + "$", re.IGNORECASE)
    for pattern in (
        # it is denied that one may say so
        rf"\b(?:cannot|can not|never|nowhere|nor|neither|nobody|no one|(?:not|n't)(?! only))(?: [\w'-]+){{0,3}}? {_SAY}\b{_WITHIN_CLAUSE}",
        rf"\bno (?:test|result|verdict|sentence|study|number|p-value)[\w ]{{0,30}} {_SAY}s?\b{_WITHIN_CLAUSE}",
        r"\b(?:not|n't|never|nor|far from|anything but|rather than|instead of|as opposed to|other than|short of)(?: (?:an?|the|mean|imply|entirely|wholly|evidence of|proof of|evidence for))? ?[\"']?",
        rf"\b(?:not the same as|not the same thing as|different from|differs from|not (?:evidence|proof|a finding) (?:of|for|that)|it is (?:wrong|false|untrue|a mistake)|not true|untrue|a mistake|a fallacy|wrong to)\b{_WITHIN_CLAUSE}",
        # a hypothesis, not a finding
        rf"\b(?:if|unless|whether|suppose|supposing|assume|assuming|imagine|as if|as though|had there been|simulat\w+ \w+ (?:with|under|without|where|in which))\b{_WITHIN_CLAUSE}",
        rf"\b(?:H0|null(?: hypothesis)?(?! (?:results?|findings?|effects?|estimates?)\b))(?: ?[:=]| of| that| is)?{_WITHIN_CLAUSE}",
        r"^had(?: [\w'-]+){1,4} ",
        r"\b(?:claims?|statements?|assertions?) (?:of|for) ",
        # one of two things that an interval holds
        r"\b(?:includes?|contains?|covers?|(?:compatible|consistent) with|between)(?: both| either| equally) ",
        # the reach of the method: "only large effects can be dismissed"
        r"\bonly (?:the )?(?:\w+ )?(?:large|larger|largest|strong|stronger|strongest) (?:effects?|ones) ",
        # what theory would have it be
        r"\b(?:should|ought to|expected to|predicts?)(?: then)?(?: show| have| be| find| play| see| carry)?(?: an?)? ?",
        # a possibility, not a finding
        r"\b(?:may|might|perhaps|possibly)(?: well)?(?: have| be| play| bear| also| still)? ?",
        r"\b(?:would|could|might|may|can|to)(?: be| have| then)? ",
    )
)  # fmt: skip
#: The last lead alone: a modal exempts only verbs such as "refute" ("what would refute it").
MODAL_ONLY = {"disproves"}

#: Objects and subjects of the software's own talk: "does not change the verdict".
OWN_OBJECT = re.compile(
    r"^ (?:the |this |that |its |any |a |one |either |your |our )?(?:\w+ )?(?:verdicts?|signs?|estimates?|results?|conclusions?|grades?|p-values?|answers?|"
    r"flags?|bounds?|frontier|coding|records?|errors?|exceptions?|warnings?|output|numbers?|seed|likelihood)\b",
    re.IGNORECASE,
)
OWN_SUBJECT = re.compile(
    r"\b(?:verdicts?|results?|conclusions?|grades?|p-values?|estimates?|numbers?|answers?|figures?|clauses?|files?|seeds?|outputs?)(?: \w+){0,2} $",
    re.IGNORECASE,
)

#: "We test the hypothesis that approval has no effect" ...
HYPOTHESIS_LEAD = re.compile(r"\bhypothes[ie]s (?:of|that)(?: [\w'-]+){0,3}? ?$", re.IGNORECASE)
#: ... where the denial is what is supposed, and not said of the hypothesis, and is not then agreed to.
OF_A_HYPOTHESIS = ("finds no support", "theory refuted", "disproves", "ruled out", "no evidence of", "lack of evidence")
AGREED = re.compile(
    r"\b(?:is|are|was|were) (?!not\b)(?:\w+ )?(?:supported|confirmed|right|true|correct|accepted)\b|\bholds\b",
    re.IGNORECASE,
)

#: "The claim that ideology has no effect is not shown by these data": what is denied is the denial.
CLAIM_LEAD = re.compile(
    r"\b(?:claims?|conclusions?|statements?|assertions?|readings?|views?|ideas?) that [^.;:]*$", re.IGNORECASE
)
NOT_SHOWN = re.compile(
    r"^[^.;:]{0,60}?\b(?:is|are|was|were|remains?|goes|has been|have been) (?:not |never |un)(?:\w+ )?(?:shown|supported|established|proven|proved|confirmed|tested|settled|warranted|justified)\b",
    re.IGNORECASE,
)

#: "With no effect planted, 5% of simulated histories ...": a design, not a finding.
DESIGN_WORD = re.compile(r"\b(?:simulat\w+|histor(?:y|ies)|under the null|planted)\b", re.IGNORECASE)
DESIGN_LEAD = re.compile(r"\b(?:with|under|given|assuming) $", re.IGNORECASE)

#: "The rally is no evidence for it" weighs evidence; "there is no evidence for it" denies an effect.
IS_NO_EVIDENCE = re.compile(r"(?<!\bthere )\b(?:is|are|was|were)(?: an? [\w ]{1,40} and)? $", re.IGNORECASE)

#: Outside the quotation marks: someone is named as saying it.
ATTRIBUTION = re.compile(
    r"\b(?i:according to|in the words of|says?|said|writes?|wrote|argues?|argued|claims?|claimed|reports?|reported|concludes?|concluded|"
    r"states?|stated|asserts?|asserted|maintains?|maintained|contends?|contended|reads|quotes?|quoted|calls? (?:it|this)|called (?:it|this)|"
    r"the (?:phrase|words?|wording|sentence|statement|proposition|hypothesis|reading|expression|term))\b"
    r"|\b[A-Z][\w'-]+(?: (?:and|et al\.?)(?: [A-Z][\w'-]+)?)? \(?(?:19|20)\d\d\)?"
)
#: ... unless it is ourselves, or we agree.
ENDORSEMENT = re.compile(
    r"\b(?:we|I)(?: \w+)? (?:say|claim|conclude|report|state|assert|argue|maintain|write|find|show|agree|confirm)\b"
    r"|\bour (?:results?|data|tests?|findings?)\b"
    # "what the claim denies is supported" agrees with the opposite
    r"|(?<!denies )\b(?:is|are|was|were|be|been|proves?|seems?|stands?)(?: (?!not\b)\w+)? (?:true|right|correct|confirmed|supported|established|proved|proven|accurate|vindicated|sound)\b"
    r"|\b(?:rightly|correctly|truly|indeed|holds up|and so it is)\b",
    re.IGNORECASE,
)

# --------------------------------------------------------------------------- bounds

#: Numbers that are no effect sizes, taken out before a bound is looked for.
NOT_AN_EFFECT = re.compile(
    r"\bp(?:[ _-]?(?:values?|superiority|noninferiority|non-inferiority|reverse|tost))*(?: of \w+)?(?: (?:is|was|at|above|below|of|over|under|exceeds?|larger than|greater than|stays above))? ?(?:=|<=|>=|<|>|≤|≥)? ?[0-9]*\.[0-9]+"
    r"|\b(?:BF(?:10|01)?|Bayes factors?)(?: (?:is|of|was|above|below|over|under))? ?(?:=|<=|>=|<|>|≤|≥)? ?[0-9.]+"
    r"|\b(?:n|N|T|z|t|F|df|chi2|alpha|power|deff|S-value|AIC|BIC|lag)(?: (?:is|of|was|above|below|over|at))? ?(?:=|<=|>=|<|>|≤|≥)? ?[0-9.]+"
    r"|\b(?:(?:more|less|fewer|greater|larger) than|above|over|at least|at most|up to|under|below|beyond)? ?[0-9.,]+ ?(?:%|per ?cent|percent)?[ -](?:confiden\w+|credib\w+|sure|certain\w*|level|power)\b(?! (?:interval|CI|bound|limit)s?)"
    r"|\b(?:(?:more|less|fewer|greater|larger) than|above|over|at least|at most|up to|under|below|beyond|all|in)? ?[0-9.,]+ (?:of (?:the )?[0-9]+ )?(?:[a-z-]+ )?"
    r"(?:interventions?|onsets?|events?|cases?|months?|years?|countries|states|targets|leaders|lists?|specifications?|specs|observations?|histories|draws|"
    r"tests?|models?|studies|weeks|days|clusters|strata|rows|articles|wars|conflicts|decades|people|times(?! (?:as|the|higher|lower|larger)))\b"
    r"|\b(?:19|20)[0-9]{2}(?:[-/](?:[0-9]{2}|[0-9]{4}))?\b"
)  # fmt: skip

_NUMBER = r"(?:-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)%?|(?:a |an )?(?:doubling|tripling|halving|quadrupling|half|third|quarter)|twice|double|triple|twofold|threefold)"
_MEASURE = (
    r"(?:OR|RR|HR|IRR|SMD|ORs|RRs|(?i:odds[- ]ratios?|rate[- ]ratios?|risk[- ]ratios?|hazard[- ]ratios?|ratios? of ORs|ratios?|log[- ]odds|odds|"
    r"probability of superiority|correlations?|standard deviations?|percentage points?)|P\(superiority\)|SDs?|Cohen's d)"
)
_OF = r"(?: ?(?:of|is|was|=|:)? ?(?:an? |about |roughly |around |the )?)"
_COMPARATOR = (
    r"(?:(?:larger|greater|bigger|stronger|higher|more|smaller|less|lower|weaker) than|above|below|beyond|over|under|exceed(?:s|ing|ed)?|at least|at most|"
    r"up to|as (?:large|big|strong|great|high|small) as|within|outside|<=|>=|<|>|≤|≥|in excess of|upwards of)"
)
_BOUND_WORD = r"(?:bounds?|bounded|limits?|frontier|SESOI|margins?|ceiling|smallest effect of interest)"
_EFFECTS = r"(?:effects?|influences?|impacts?|roles?|associations?|relations?|relationships?|correlations?|links?|contributions?|ones|anything|changes?)"

#: Any one of these in the sentence states a bound.
BOUNDS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        # above OR 1.8; larger than an odds ratio of 1.8; OR <= 1.5; larger than 1.5 on the odds ratio
        rf"{_COMPARATOR}{_OF}{_MEASURE}{_OF}{_NUMBER}",
        rf"{_MEASURE} ?(?:<=|>=|<|>|≤|≥) ?{_NUMBER}",
        rf"{_MEASURE}{_OF}(?:{_COMPARATOR}) {_NUMBER}",
        rf"(?i:{_COMPARATOR}) (?:an? )?{_NUMBER}(?:-fold)? ?(?:in |on |of |times |as )?(?:the )?(?:log-?odds|{_MEASURE})",
        # an effect larger than 1.5; not by more than 20%
        rf"(?i:\b{_EFFECTS}\b(?: (?!(?:since|because|as|when|while|was|were|is|are|and|but|that|which|if)\b)[\w'-]+){{0,8}}? {_COMPARATOR} (?:an? |about )?){_NUMBER}",
        rf"(?i:\bby (?:more than|at least|over|as much as) ){_NUMBER}",
        # OR 1.5 or more; effects of OR 2; dismissed at OR 2
        rf"{_MEASURE}{_OF}{_NUMBER} (?:or|and) (?:more|larger|above|greater|higher|stronger|beyond|below|less|smaller)\b",
        rf"(?i:\b{_EFFECTS} of (?:an? )?(?:size )?){_MEASURE}{_OF}{_NUMBER}",
        rf"(?i:\bat (?:an? |the )?(?:\w+ )?(?:of )?){_MEASURE}{_OF}{_NUMBER}",
        # intervals
        # whole numbers alone could be citations
        rf"\[ ?(?=[^\]]*[0-9]?\.[0-9]){_NUMBER} ?(?:,|;|to|-) ?{_NUMBER} ?\]",
        rf"(?:\bCIs?|(?i:\b(?:intervals?|limits|range)))\b[^0-9.;]{{0,30}}{_NUMBER} ?(?:to|-|,|and) ?{_NUMBER}",
        rf"{_MEASURE}{_OF}\[?{_NUMBER} ?(?:to|-|and|,) ?{_NUMBER}",
        rf"(?i:between ){_MEASURE}?{_OF}{_NUMBER} and {_MEASURE}{_OF}{_NUMBER}",
        # the bound by name
        rf"(?i:\b{_BOUND_WORD}\b)[^0-9.;]{{0,40}}{_NUMBER}",
        rf"{_NUMBER}\)?,? \(?(?:as |is |being )?(?:(?:the|its|an?|one-sided|95%|90%) )*(?:upper|lower) (?:bound|limit)",
    )
)  # fmt: skip
