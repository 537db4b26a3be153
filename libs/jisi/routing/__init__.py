"""The paper's maths: support set, prior scores, mixed routing, switch; values in, values out, numpy only, no I/O.

In the order of ALGORITHM.md: `support` and `prior` (1), `plan` (1, 2 and 6: all that is decided before a response is
there), `mixed` and `refined` (3), `standing` and `switch` (candidates, second wave, 4). `offline` walks all of it as
the services do; `documents` writes what is stored between the waves; `margins` tells how near a decision was to being
another. Not of the paper: `agreement` and `turns` (a vote over final answers), `description`, `trees` and `selection`
(a fitted selector).
"""
