-- The tables of tenants' loans, and who may touch them. The master user runs this, again whenever it changes; PostgreSQL 16 or newer.
--
-- A tenant's login roles are called <tenant>_<service>; row level security compares that name, which no session can change, with the
-- column `tenant`. The column has the collation of names, "C": with another no index on it could serve that comparison, and no
-- partition be left out. Why the roles hold their privileges through two groups: docs/decisions/aggregation.md.

CREATE SCHEMA IF NOT EXISTS lending;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lending_read') THEN
        CREATE ROLE lending_read NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lending_write') THEN
        CREATE ROLE lending_write NOLOGIN;
    END IF;
END $$;

-- The newest state of each loan: of two messages the later updated_at counts, of two at once the greater message id.
CREATE TABLE IF NOT EXISTS lending.loan (
    tenant text COLLATE "C" NOT NULL DEFAULT split_part(current_user, '_', 1) CHECK (tenant ~ '^t[a-z2-7]{15}$'),
    loan_id text COLLATE "C" NOT NULL,
    product text NOT NULL,
    amount_cents bigint NOT NULL,
    rate_bp integer NOT NULL,
    state text NOT NULL,
    status text NOT NULL,
    applied_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    message_id text COLLATE "C" NOT NULL,
    applied_on date NOT NULL GENERATED ALWAYS AS ((applied_at AT TIME ZONE 'UTC')::date) STORED,
    PRIMARY KEY (tenant, loan_id)
) PARTITION BY HASH (tenant);

-- How many loans were applied for on a day (UTC), by where they stand now; always the sum of lending.loan.
CREATE TABLE IF NOT EXISTS lending.loan_daily (
    tenant text COLLATE "C" NOT NULL DEFAULT split_part(current_user, '_', 1) CHECK (tenant ~ '^t[a-z2-7]{15}$'),
    date date NOT NULL,
    product text NOT NULL,
    state text NOT NULL,
    status text NOT NULL,
    loans bigint NOT NULL,
    amount_cents numeric NOT NULL,
    PRIMARY KEY (tenant, date, product, state, status)
);
CREATE INDEX IF NOT EXISTS loan_daily_empty ON lending.loan_daily (tenant) WHERE loans = 0;

-- Every object of the raw bucket that was judged, and how: none is judged twice.
CREATE TABLE IF NOT EXISTS lending.delivery (
    tenant text COLLATE "C" NOT NULL DEFAULT split_part(current_user, '_', 1) CHECK (tenant ~ '^t[a-z2-7]{15}$'),
    dataset text NOT NULL,
    name text COLLATE "C" NOT NULL,
    folder text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('accepted', 'duplicate', 'rejected')),
    reason text,
    digest bytea,
    PRIMARY KEY (tenant, dataset, name, folder)
) PARTITION BY HASH (tenant);
-- Of the deliveries of a message, one counts.
CREATE UNIQUE INDEX IF NOT EXISTS delivery_accepted ON lending.delivery (tenant, dataset, name) WHERE outcome = 'accepted';

-- Every curated file: the next run overwrites what a run wrote that broke off before it could enter it here.
CREATE TABLE IF NOT EXISTS lending.curated_part (
    tenant text COLLATE "C" NOT NULL DEFAULT split_part(current_user, '_', 1) CHECK (tenant ~ '^t[a-z2-7]{15}$'),
    dataset text NOT NULL,
    folder text NOT NULL,
    part integer NOT NULL,
    records integer NOT NULL,
    bytes bigint NOT NULL,
    PRIMARY KEY (tenant, dataset, folder, part)
);

DO $$
BEGIN
    FOR n IN 0..7 LOOP
        EXECUTE format('CREATE TABLE IF NOT EXISTS lending.loan_%s PARTITION OF lending.loan FOR VALUES WITH (MODULUS 8, REMAINDER %s)', n, n);
        EXECUTE format('CREATE TABLE IF NOT EXISTS lending.delivery_%s PARTITION OF lending.delivery FOR VALUES WITH (MODULUS 8, REMAINDER %s)', n, n);
    END LOOP;
END $$;

-- A partition does not have the policies of its table: each has its own, and nobody is granted one.
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT oid, oid::regclass AS name, relispartition AS is_partition, relrowsecurity AND relforcerowsecurity AS is_secure
        FROM pg_class WHERE relnamespace = 'lending'::regnamespace AND relkind IN ('r', 'p') LOOP
        IF NOT each.is_secure THEN
            EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', each.name);
        END IF;
        IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = each.oid AND polname = 'own_tenant') THEN
            EXECUTE format('CREATE POLICY own_tenant ON %s USING (tenant = split_part(current_user, ''_'', 1))', each.name);
        END IF;
        IF each.is_partition THEN
            EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, lending_read, lending_write', each.name);
        END IF;
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA lending TO lending_read, lending_write;
GRANT SELECT ON lending.loan, lending.loan_daily TO lending_read;
GRANT SELECT, INSERT, UPDATE, DELETE ON lending.loan, lending.loan_daily TO lending_write;
-- DELETE is for a tenant that leaves: its own role erases what is its own.
GRANT SELECT, INSERT, DELETE ON lending.delivery, lending.curated_part TO lending_write;

-- The proof: whoever adds something to this schema that would show a tenant's rows to another is refused here.
DO $$
DECLARE
    leak text;
BEGIN
    SELECT string_agg(what, '; ' ORDER BY what) INTO leak FROM (
        SELECT format('%s is a materialised view, which keeps no policy', oid::regclass) AS what
        FROM pg_class WHERE relnamespace = 'lending'::regnamespace AND relkind = 'm'
        UNION ALL
        SELECT format('%s is a foreign table, which keeps no policy', oid::regclass)
        FROM pg_class WHERE relnamespace = 'lending'::regnamespace AND relkind = 'f'
        UNION ALL
        SELECT format('the view %s lacks security_invoker', oid::regclass)
        FROM pg_class WHERE relnamespace = 'lending'::regnamespace AND relkind = 'v'
            AND NOT coalesce(reloptions && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false)
        UNION ALL
        SELECT format('%s has other policies than own_tenant on current_user', oid::regclass)
        FROM pg_class WHERE relnamespace = 'lending'::regnamespace AND relkind IN ('r', 'p') AND (
            SELECT coalesce(string_agg(concat_ws(' ', polname, polcmd, polpermissive, polroles, pg_get_expr(polqual, polrelid),
                pg_get_expr(polwithcheck, polrelid)), ', '), '') FROM pg_policy WHERE polrelid = pg_class.oid
        ) <> 'own_tenant * t {0} (tenant = split_part((CURRENT_USER)::text, ''_''::text, 1))'
        UNION ALL
        SELECT format('the primary key of %s does not begin with tenant of collation "C"', oid::regclass)
        FROM pg_class WHERE relnamespace = 'lending'::regnamespace AND relkind IN ('r', 'p') AND NOT EXISTS (
            SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
            WHERE indrelid = pg_class.oid AND indisprimary AND attname = 'tenant' AND attcollation = '"C"'::regcollation
        )
        UNION ALL
        SELECT format('%s may %s %s, which is more than row level security watches or a partition', grantee::regrole, privilege_type, oid::regclass)
        FROM pg_class, aclexplode(relacl) WHERE relnamespace = 'lending'::regnamespace AND grantee <> relowner AND grantee <> 0
            AND (relispartition OR privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN'))
        UNION ALL
        SELECT format('everybody may %s %s', privilege_type, oid::regclass)
        FROM pg_class, aclexplode(relacl) WHERE relnamespace = 'lending'::regnamespace AND grantee = 0
        UNION ALL
        SELECT format('the function %s runs as its owner', oid::regprocedure)
        FROM pg_proc WHERE pronamespace = 'lending'::regnamespace AND prosecdef
    ) AS found;
    IF leak IS NOT NULL THEN
        RAISE EXCEPTION 'a tenant could see another: %', leak;
    END IF;
END $$;
