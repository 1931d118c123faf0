"""How much annotators agree with one another, whatever the truth is.

    found = nominal_agreement([("t1", "ann", "cat"), ("t1", "bob", "dog"), ...], rng=rng)
    found.alpha.value, found.alpha.by_task, found.alpha.by_person          # a coefficient and its 95 % intervals

Intervals are percentile bootstraps (Efron 1979): over tasks, as if other pictures had been shown, and over people, as
if others had come. A person drawn twice is two people who never meet: pairs of one's own answers are never counted.
"""

from quality.domain.agreement.base import Agreement, Coefficient
from quality.domain.agreement.nominal import fleiss_kappa, krippendorff_alpha, nominal_agreement
from quality.domain.agreement.pairs import PairAgreement, pairwise_agreement
from quality.domain.agreement.structured import box_likeness, structured_agreement

__all__ = [
    "Agreement",
    "Coefficient",
    "PairAgreement",
    "box_likeness",
    "fleiss_kappa",
    "krippendorff_alpha",
    "nominal_agreement",
    "pairwise_agreement",
    "structured_agreement",
]
