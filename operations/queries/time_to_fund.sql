-- Days from application to funding, by month of funding: how many loans, the shortest, the mean, the longest.
-- Parameter: the first day of delivery that counts ('2026-01-01').
WITH newest AS (
    SELECT status, applied_at, updated_at, row_number() OVER (PARTITION BY loan_id ORDER BY updated_at DESC, message_id DESC) AS place
    FROM ${loans}
    WHERE tenant = '${tenant}' AND "date" >= ?
)
, funded AS (
    SELECT date_trunc('month', updated_at) AS month, date_diff('day', CAST(applied_at AS date), CAST(updated_at AS date)) AS days
    FROM newest
    WHERE place = 1 AND status = 'funded'
)
SELECT month, count(*) AS loans, min(days) AS shortest, avg(days) AS mean, max(days) AS longest
FROM funded
GROUP BY month
ORDER BY month
