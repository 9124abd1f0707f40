# Reference values of the regressions. Run with: Rscript estimators.R > estimators.json
# (R 4.2.2 with brglm2, survival, MASS, Zelig and jsonlite from Debian 12)
suppressMessages({library(brglm2); library(survival); library(MASS); library(Zelig); library(jsonlite)})
set.seed(7)
n <- 60
d <- data.frame(x1 = round(rnorm(n), 2), x2 = rbinom(n, 1, .2), t = rep(1:12, 5), s = rep(1:5, each = 12))
d$y <- rbinom(n, 1, plogis(-1.5 + .8 * d$x1 + .5 * d$x2))
d$e <- round(runif(n, .5, 3), 2)
d$k <- rnegbin(n, d$e * exp(.2 + .5 * d$x1), 1.2)
tight <- list(epsilon = 1e-14, maxit = 1000)
cf <- function(m) list(coef = unname(coef(m)), se = unname(sqrt(diag(vcov(m)))))
fit <- function(f, ...) cf(glm(f, data = d, control = tight, ...))
out <- list(data = d)
out$logit <- fit(y ~ x1 + x2, family = binomial)
out$cloglog <- fit(y ~ x1 + x2 + t + I(t^2) + I(t^3), family = binomial("cloglog"))
out$poisson <- fit(k ~ x1 + x2 + offset(log(e)), family = poisson)
out$quasi <- fit(k ~ x1 + x2 + offset(log(e)), family = quasipoisson)
br <- function(f, family, type) cf(glm(f, data = d, family = family, method = "brglmFit", type = type, epsilon = 1e-12, maxit = 5000))
out$firth_logit <- br(y ~ x1 + x2, binomial, "AS_mean")
out$jeffreys_cloglog <- br(y ~ x1 + x2, binomial("cloglog"), "MPL_Jeffreys")
out$firth_poisson <- br(k ~ x1 + x2 + offset(log(e)), poisson, "AS_mean")
nb <- glm.nb(k ~ x1 + x2 + offset(log(e)), data = d, control = glm.control(epsilon = 1e-14, maxit = 1000))
out$negative_binomial <- list(coef = unname(coef(nb)), theta = nb$theta, loglik = as.numeric(logLik(nb)))
cl <- clogit(y ~ x1 + x2 + strata(s), data = d, method = "exact")
out$clogit <- c(cf(cl), list(loglik = cl$loglik[2]))
d$start <- ave(d$e, d$s, FUN = function(v) cumsum(round(v)) - round(v) )
d$stop <- d$start + pmax(round(d$e), 1)
out$data$start <- d$start; out$data$stop <- d$stop
for (ties in c("efron", "breslow")) {
  m <- coxph(Surv(start, stop, y) ~ x1 + x2, data = d, ties = ties, id = s, cluster = rep(1:20, 3), control = coxph.control(eps = 1e-14))
  out[[paste0("cox_", ties)]] <- list(coef = unname(coef(m)), se = unname(sqrt(diag(m$naive.var))),
                                      robust = unname(sqrt(diag(m$var))), loglik = m$loglik[2])
}
relogit <- function(...) { z <- zelig(y ~ x1 + x2, model = "relogit", data = d, cite = FALSE, ...); m <- z$zelig.out$z.out[[1]]; list(coef = unname(coef(m)), se = unname(sqrt(diag(vcov(m))))) }
out$relogit_none <- tryCatch(relogit(), error = function(e) conditionMessage(e))
out$relogit_prior <- tryCatch(relogit(tau = .02, case.control = "prior"), error = function(e) conditionMessage(e))
out$relogit_weighting <- tryCatch(relogit(tau = .02, case.control = "weighting"), error = function(e) conditionMessage(e))
out$versions <- lapply(c("brglm2", "survival", "MASS", "Zelig"), function(p) paste(p, packageVersion(p)))
out$date <- "2026-11-23"; out$R <- R.version.string
cat(toJSON(out, digits = NA, auto_unbox = TRUE))
