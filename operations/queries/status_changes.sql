-- Which loans changed where they stand between two days of delivery: how many went from where to where.
-- Parameters: the first of the earlier days and the day after them, then the same of the later days ('2026-11-01').
WITH earlier AS (
    SELECT loan_id, status, row_number() OVER (PARTITION BY loan_id ORDER BY updated_at DESC, message_id DESC) AS place
    FROM ${loans}
    WHERE tenant = '${tenant}' AND "date" >= ? AND "date" < ?
), later AS (
    SELECT loan_id, status, row_number() OVER (PARTITION BY loan_id ORDER BY updated_at DESC, message_id DESC) AS place
    FROM ${loans}
    WHERE tenant = '${tenant}' AND "date" >= ? AND "date" < ?
)
SELECT earlier.status AS was, later.status AS became, count(*) AS loans
FROM earlier
JOIN later ON later.loan_id = earlier.loan_id
WHERE earlier.place = 1 AND later.place = 1 AND earlier.status <> later.status
GROUP BY 1, 2
ORDER BY 1, 2
