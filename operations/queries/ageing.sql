-- How long open applications have been waiting, in steps of days.
-- Parameters: the first day of delivery that counts ('2026-01-01'), and the day to count from ('2026-11-29').
WITH newest AS (
    SELECT status, applied_at, amount_cents, row_number() OVER (PARTITION BY loan_id ORDER BY updated_at DESC, message_id DESC) AS place
    FROM ${loans}
    WHERE tenant = '${tenant}' AND "date" >= ?
)
, waiting AS (
    SELECT status, amount_cents, date_diff('day', CAST(applied_at AS date), CAST(? AS date)) AS days
    FROM newest
    WHERE place = 1 AND status IN ('application', 'approved')
)
SELECT
    status,
    CASE WHEN days < 15 THEN '0-14' WHEN days < 31 THEN '15-30' WHEN days < 61 THEN '31-60' ELSE '61+' END AS days_waiting,
    count(*) AS loans,
    sum(amount_cents) AS amount_cents
FROM waiting
GROUP BY 1, 2
ORDER BY 1, 2
