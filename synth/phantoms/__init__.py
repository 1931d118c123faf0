"""Pictures drawn from a description, so that their truth is exact: no person and no animal behind them."""
