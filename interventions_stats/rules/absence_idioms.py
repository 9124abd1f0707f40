"""Figures of speech that deny an effect: "a red herring", "drops out of the story", "leaves onsets untouched".

The plain forms (no effect, does not matter, not driven by) stand in :mod:`.absence_patterns`.
"""

from __future__ import annotations

_NOUN = r"(?:effects?|influences?|impacts?|roles?|relations?|relationships?|associations?|correlations?|links?|connections?)"
_OUTCOME = (
    r"(?:onsets?|interventions?|interven\w+|risks?|rates?|odds|hazards?|probabilit\w+|likelihood|chances?|frequenc\w+|"
    r"wars?|conflicts?|use of force|decisions?)"
)
_THEORY = r"(?:theor(?:y|ies)|hypothes[ie]s|explanations?|accounts?|ideas?|views?|claims?|stor(?:y|ies)|notions?)"
_BE = r"(?:is|are|was|were|remains?|remained|seems?|proves?|proved|turn(?:s|ed) out to be)"
_LITTLE = r"(?:not the (?:slightest|least|faintest)|not a shred of|not an iota of|precious little|next to no|hardly any|scarcely any|barely any)"

#: Name and pattern of each idiom, for normalised text.
IDIOMS: tuple[tuple[str, str], ...] = (
    (
        "leaves it untouched",
        rf"\b(?:leaves?|leaving|left) (?:the )?(?:[\w'-]+ ){{0,3}}?{_OUTCOME} (?:\w+ )?(?:untouched|unaffected|unchanged|unmoved|as (?:it|they) (?:is|are|was|were))\b",
    ),
    (
        "struck from the list",
        r"\b(?:struck|crossed|removed|dropped|deleted|taken|ticked) (?:off|from) (?:the|our|any|a) (?:list|roster|set|catalogue) of (?:\w+ )?(?:drivers|causes|motives|reasons|explanations|suspects)\b",
    ),
    (
        "exonerated",
        r"\b(?:exonerat(?:e|es|ed)|acquit(?:s|ted)?|absolv(?:e|es|ed)|exculpat(?:e|es|ed))\b|\binnocent of\b",
    ),
    (
        "safely ignored",
        r"\b(?:can|may|could) (?:safely |simply |well )?(?:be )?(?:ignored?|neglect(?:ed)?|disregard(?:ed)?|left out of (?:account|consideration)|written off|forgotten|set aside|discounted?)\b(?! (?:the |a |an )?(?:rows?|columns?|argument|warning|seed))",
    ),
    (
        "carries no weight",
        r"\b(?:carr(?:y|ies|ied)|ha(?:ve|s|d)|hold(?:s)?|bear(?:s)?) (?:no|little|zero) (?:\w+ )?(?:weight|sway|significance|explanatory value)\b",
    ),
    (
        "the same either way",
        r"\bwhether\b[^.;]{1,60}\bor (?:low|not|bad|falling|weak|down|poor)\b[^.;]{0,40}\b(?:same|equally|alike|just as)\b"
        r"|\bjust as (?:often|likely|frequent(?:ly)?|many)\b[^.;]{0,30}\b(?:under|with|without|when|had|in)\b",
    ),
    (
        "is a myth",
        rf"\b{_BE} (?:\w+ )?(?:an? |the )?(?:\w+ )?(?:myth|red herring|chimera|illusion|mirage|fiction|non-?factor|non-?starter|dead end|side ?show|irrelevance|non-?issue)\b",
    ),
    (
        "without backing",
        r"\b(?:without|lacks?|lacking|devoid of|wants?) (?:any )?(?:empirical |statistical |solid |real )?(?:backing|foundation|basis in (?:the )?(?:data|fact)|grounding)\b",
    ),
    (
        "does not act to",
        r"\b(?:do|does|did)(?:n't| not) (?:\w+ )?(?:start|wage|launch|fight|use|make|begin|go to) (?:\w+ )?(?:wars?|force|interventions?|invasions?) (?:in order )?(?:to|for|because|out of)\b",
    ),
    (
        "orthogonal to",
        rf"\b{_BE} (?:\w+ )?(?:orthogonal|indifferent|impervious|immune|insensitive|unresponsive|blind) to\b(?! (?:the )?(?:seed|order|row|column|scale|intercept|strat))",
    ),
    (
        "virtually no part",
        r"\b(?:play|take|have|has|had)\w* (?:\w+ )?(?:no|zero|little|hardly any|next to no|scarcely any) (?:\w+ )?(?:part|role)\b",
    ),
    (
        "drops out of the story",
        r"\b(?:drops?|dropped|falls?|fell|fades?|faded) (?:out of|away from|from) (?:the )?(?:story|picture|account|explanation|analysis of causes|running|race)\b",
    ),
    (
        "effect evaporates",
        rf"\b{_NOUN}(?: (?:of|on|from|between|for) [\w ,'-]{{1,60}}?)? (?:\w+ )?(?:vanish(?:es|ed)?|disappear(?:s|ed)?|evaporat(?:es|ed)|dissolv(?:es|ed)|melt(?:s|ed)? away|wash(?:es|ed) out)\b",
    ),
    (
        "theory abandoned",
        rf"\b{_THEORY}(?: (?:of|that|about) [^.;,]{{1,60}}?)? (?:must|should|can|has to|have to|needs? to|is to|may)(?: now| safely| therefore)* be (?:abandoned|dropped|given up|discarded|laid to rest|buried|retired|put to rest)\b"
        rf"|\b{_THEORY}(?: (?:of|that|about) [^.;,]{{1,60}}?)? (?:do|does|did)(?:n't| not) (?:hold|stand|survive|apply|fit|work|bear out)\b|\blaid to rest\b|\b(?:bur(?:y|ies|ied)|bust(?:s|ed)?) the (?:\w+ )?{_THEORY}\b",
    ),
    (
        "beside the point",
        rf"\b{_BE} (?:\w+ )?(?:beside the point|neither here nor there|of the question|off the table|out of the running|out of the picture)\b",
    ),
    (
        "speaks against any",
        rf"\b(?:speak|speaks|spoke|tell|tells|told|argue|argues|argued|militate|militates|count|counts) against (?:any|an?|the) (?:[\w-]+ ){{0,2}}?(?:{_NOUN}|involvement|connection)\b",
    ),
    (
        "little to do with",
        r"\b(?:little|not much|not a great deal|next to nothing|precious little|almost nothing) to do with\b",
    ),
    (
        "a clean null",
        r"\b(?:clean|clear|precise|tight|robust|solid|convincing|definitive|firm|well-powered) (?:null|zero)s?\b(?! (?:model|hypothes|distribution|history|histories|draw))",
    ),
    ("no bearing", r"\b(?:no|little|scant|zero) bearing\b"),
    ("not the slightest sign", rf"\b{_LITTLE} (?:[\w-]+ )?(?:signs?|traces?|hints?|evidence|indications?|{_NOUN})\b"),
    (
        "effect is, in practice, zero",
        rf"\b{_NOUN}(?: (?:of|on|from|between|for) [\w '-]{{1,60}}?)? (?:is|are|was|were|equals?),? (?:(?!(?:larger|greater|bigger|more|above|below|different|differs?|than|from|not|never|far)\b)[\w'-]+,? ){{0,7}}(?:zero|nil|nought|naught|nothing|non-?existent)\b(?! in \d)",
    ),
    ("with nothing at all", r"\b(?:with|to|on|for) nothing (?:at all|whatsoever|else)\b"),
    (
        "powerless to explain",
        r"\b(?:powerless|unable|impotent|at a loss) to (?:explain|predict|account|move|shift|drive|cause)\w*\b",
    ),
    (
        "fails as a predictor",
        r"\b(?:fails?|failed|useless|worthless|no good|hopeless) as (?:an? )?(?:\w+ )?(?:predictor|explanation|driver|cause|account)\b",
    ),
    (
        "a bystander",
        rf"\b{_BE} (?:\w+ )?(?:(?:an? )?(?:mere |innocent |simple )?bystanders?|(?:just |mere |pure |simply |only )?noise|window[- ]dressing|background music|scenery|of (?:\w+ )?(?:cosmetic|academic|antiquarian) interest)\b",
    ),
    (
        "at every level",
        r"\b(?:interventions?|onsets?|wars?|conflicts?|invasions?) (?:\w+ )?(?:occurs?|occurred|happens?|happened|comes?|came|starts?|started|begins?|began|arises?|arose)? ?(?:alike |equally |just as often )?(?:at|under|in|for) (?:every|any|all|each) (?:levels? of|values? of|rates? of|degrees? of|oil|price|leaders?|governments?|presidents?|approval|growth)\b",
    ),
    (
        "is flat",
        rf"\b(?:slopes?|curves?|relations?|relationships?|associations?|responses?|gradients?|lines?|profiles?)(?: (?:of|on|from|between|for|with|to|in) [\w ,'-]{{1,60}}?)? {_BE} (?:\w+ )?flat\b",
    ),
    (
        "fails to move the needle",
        r"\b(?:fail(?:s|ed)? to|(?:do|does|did|will|would)(?: not|n't)|hardly|barely|scarcely|never) (?:even )?(?:mov(?:e|es|ed)|shift(?:s|ed)?|budge(?:s|d)?|nudge(?:s|d)?|stir(?:s|red)?) (?:the )?(?:needle|dial|scales?|balance|onsets?)\b",
    ),
    (
        "deaf to",
        r"\b(?:deaf|blind|numb|indifferent) to (?:the )?(?:polls?|ratings?|opinion|public|voters|approval|economy|economic|markets?|prices?|protests?)\b",
    ),
    (
        "did not push into war",
        r"\b(?:(?:do|does|did|has|have|had)(?: not|n't)|never|no longer) (?:\w+ )?(?:push|pull|drag|draw|drew|drawn|lure|tempt|force|impel|send|sent|pushed|pulled|dragged|lured|tempted|forced|impelled) (?:[\w']+ ){0,3}?(?:in)?to (?:\w+ )?(?:war|intervene|intervention|action|battle|fight)\b",
    ),
    (
        "it was not oil that",
        r"\bit (?:is|was)(?: not|n't) (?:the )?[\w -]{1,40}? (?:that|which|who) (?:\w+ ){0,2}?(?:sent|sends|made|makes|took|takes|brought|brings|set|sets|moved|moves|pushed|led|drove|started|starts)\b",
    ),
    (
        "no trace",
        r"\b(?:leaves?|left|leaving|find|found|finds|with|shows?|bears?|bore) no (?:\w+ )?(?:traces?|marks?|imprints?|fingerprints?|footprints?|signatures?|signal)\b(?! (?:of|in) (?:the )?(?:change|edit|separation|file|log))",
    ),
    (
        "no pathway",
        r"\bno (?:\w+ )?(?:pathways?|mechanisms?|channels?|routes?|thread|line|chain|bridge) (?:\w+ )?(?:from|between|linking|leading|connecting|runs?)\b",
    ),
    (
        "is spurious",
        rf"\b(?:any |the |every |all |this |that )?(?:{_NOUN}|patterns?|coincidences?)(?: (?:of|on|from|between|for|with|to) [\w ,'-]{{1,60}}?)? {_BE} (?:\w+ )?(?:spurious|coincidental|accidental|illusory|artefactual|an artefact|an artifact|chance|a coincidence|down to chance|due to chance)\b",
    ),
    (
        "random with respect to",
        r"\b(?:random|haphazard|unsystematic) (?:with respect|with regard|relative|in relation) to\b",
    ),
    (
        "not a consideration",
        r"\b(?:(?:is|was|were|are)(?: not|n't)|never|hardly) (?:\w+ )?(?:an? |the |any |much of a )?(?:consideration|concern|inducement|incentive|temptation|spur|impetus|catalyst|stimulus)\b",
    ),
    ("not a whit", r"\b(?:not|n't) (?:a|one) (?:whit|jot|bit)\b|\bnot in the (?:slightest|least)\b"),
)
