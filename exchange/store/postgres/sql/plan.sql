-- Every statement finds its rows by key, also while the tables are empty and
-- nothing is known of them, so it is planned once for a connection and not for
-- each call. Where a scan is all there is, it must not be compiled for looking
-- expensive. And if this process falls silent in a transaction, as one does whose
-- machine or network is gone, its locks are let go soon after its own patience ends,
-- and not when TCP notices, which takes hours.
SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
       set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true),
       set_config('idle_in_transaction_session_timeout', '40s', true)
