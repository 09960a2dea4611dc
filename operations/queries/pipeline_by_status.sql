-- How many loans stand where, and for how much. Parameter: the first day of delivery that counts ('2026-01-01').
WITH newest AS (
    SELECT status, amount_cents, row_number() OVER (PARTITION BY loan_id ORDER BY updated_at DESC, message_id DESC) AS place
    FROM ${loans}
    WHERE tenant = '${tenant}' AND "date" >= ?
)
SELECT status, count(*) AS loans, sum(amount_cents) AS amount_cents
FROM newest
WHERE place = 1
GROUP BY status
ORDER BY status
