-- What was delivered on which day, and when the last of it came: whether the figures are fresh.
-- Parameter: the first day of delivery that counts ('2026-01-01').
SELECT "date" AS delivered_on, count(*) AS messages, count(DISTINCT loan_id) AS loans, max(received_at) AS last_received_at
FROM ${loans}
WHERE tenant = '${tenant}' AND "date" >= ?
GROUP BY "date"
ORDER BY "date"
