"""From formula or arrays to a checked design, and from an estimate to a fit: covariance, separation, margins."""
