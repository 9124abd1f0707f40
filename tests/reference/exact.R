# Exact tests and recurrent events. Run with: Rscript exact.R bladder2.csv > exact.json
# (R 4.2.2 with survival and jsonlite from Debian 12; bladder2.csv is survival's own data set)
suppressMessages({library(survival); library(jsonlite)})
tables <- list(tea = c(3, 1, 1, 3), twins = c(2, 15, 10, 3), zero = c(0, 12, 5, 9), rare = c(3, 22, 40, 335), wide = c(10, 2, 3, 15))
ends <- function(t) list(estimate = unname(t$estimate), p = t$p.value, low = t$conf.int[1], high = t$conf.int[2])
fisher <- lapply(tables, function(v) {
  m <- matrix(v, 2, byrow = TRUE)
  c(list(cells = v), ends(fisher.test(m)), list(greater = fisher.test(m, alternative = "greater")$p.value,
    less = fisher.test(m, alternative = "less")$p.value))
})
strata <- list(
  rabbits = list(c(0, 6, 0, 5), c(3, 3, 0, 6), c(6, 0, 2, 4), c(5, 1, 6, 0), c(2, 0, 5, 0)),
  leaders = list(c(4, 20, 3, 69), c(2, 10, 8, 232), c(1, 5, 0, 30)),
  one_sided_stratum = list(c(0, 8, 3, 20), c(0, 4, 0, 9), c(2, 6, 1, 14))
)
cmh <- lapply(strata, function(s) {
  a <- array(unlist(lapply(s, function(v) matrix(v, 2, byrow = TRUE))), c(2, 2, length(s)))
  t <- mantelhaen.test(a, exact = TRUE)
  c(list(strata = s), ends(t), list(greater = mantelhaen.test(a, exact = TRUE, alternative = "greater")$p.value,
    large_sample = mantelhaen.test(a, correct = FALSE)$p.value))
})
counts <- list(c(11, 800, 21, 3011), c(10, 21, 15, 8), c(0, 10, 7, 12), c(60, 51477.5, 30, 54308.7), c(1, 3.5, 24, 26))
rates <- lapply(counts, function(v) {
  t <- poisson.test(v[c(1, 3)], v[c(2, 4)])
  c(list(events = v[c(1, 3)], exposure = v[c(2, 4)]), ends(t), list(greater = poisson.test(v[c(1, 3)], v[c(2, 4)], alternative = "greater")$p.value))
})
shares <- lapply(list(c(12, 25, .5), c(682, 925, .75), c(0, 11, .2), c(25, 25, .9)), function(v)
  c(list(events = v[1], trials = v[2], null = v[3]), ends(binom.test(v[1], v[2], v[3]))))
d <- read.csv(commandArgs(TRUE)[1])
ag <- lapply(list(efron = "efron", breslow = "breslow"), function(ties) {
  m <- coxph(Surv(start, stop, event) ~ rx + size + number, data = d, ties = ties, cluster = id, control = coxph.control(eps = 1e-12, toler.chol = 1e-13))
  list(coef = unname(coef(m)), se = unname(sqrt(diag(m$naive.var))), robust = unname(sqrt(diag(m$var))), loglik = m$loglik[2])
})
out <- list(fisher = fisher, cmh = cmh, rates = unname(rates), shares = unname(shares), bladder = ag, R = R.version.string,
            versions = lapply(c("survival", "stats"), function(p) paste(p, packageVersion(p))), date = format(Sys.Date()))
cat(toJSON(out, digits = NA, auto_unbox = TRUE, na = "null"))
