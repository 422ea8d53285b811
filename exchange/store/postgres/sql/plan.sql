-- Every statement finds its rows by key, also while the tables are empty and
-- nothing is known of them, so it is planned once for a connection and not for
-- each call. Where a scan is all there is, it must not be compiled for looking
-- expensive.
SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
       set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)
