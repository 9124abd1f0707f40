# Cluster-robust and heteroskedasticity-consistent covariances of small linear, logit and Poisson fits.
# Run with: Rscript covariance.R > covariance.json   (R, sandwich, clubSandwich and jsonlite from Debian 12)
suppressMessages({library(clubSandwich); library(sandwich); library(jsonlite)})
set.seed(1)
sizes <- c(3, 5, 8, 4, 6, 7, 2, 9, 5, 6)
d <- data.frame(g = rep(1:10, times = sizes), x1 = rep(c(0, 0, 0, 0, 0, 1, 1, 1, 1, 0), times = sizes))
d$x2 <- round(rnorm(nrow(d)), 2)
u <- rnorm(10)[d$g]
d$y <- round(1 + .5 * d$x1 + .3 * d$x2 + .5 * u + rnorm(nrow(d)), 2)
d$b <- as.integer(d$y > 1.3)
d$cnt <- rpois(nrow(d), exp(.2 + .4 * d$x1))
tight <- glm.control(epsilon = 1e-15, maxit = 200)
covariances <- function(m) {
  r <- list(coef = unname(coef(m)))
  for (k in c("CR0", "CR1S", "CR2")) r[[k]] <- unname(as.matrix(vcovCR(m, cluster = d$g, type = k)) + 0)
  t <- coef_test(m, vcov = vcovCR(m, cluster = d$g, type = "CR2"), test = "Satterthwaite")
  r$df <- t[[grep("df", names(t), value = TRUE)[1]]]
  for (k in c("HC0", "HC1", "HC2", "HC3")) r[[k]] <- unname(vcovHC(m, type = k))
  r$HAC <- unname(NeweyWest(m, lag = 3, prewhite = FALSE, adjust = FALSE))
  r
}
out <- list(
  data = d,
  linear = covariances(lm(y ~ x1 + x2, d)),
  logit = covariances(glm(b ~ x1 + x2, binomial, d, control = tight)),
  poisson = covariances(glm(cnt ~ x1 + x2, poisson, d, control = tight)),
  versions = c(R.version.string, paste("sandwich", packageVersion("sandwich")), paste("clubSandwich", packageVersion("clubSandwich"))),
  date = format(Sys.Date())
)
cat(toJSON(out, digits = 15, dataframe = "columns"))
