-- Loans applied for by month and state of the property. Parameter: the first day of delivery that counts ('2026-01-01').
WITH newest AS (
    SELECT applied_at, state, amount_cents, row_number() OVER (PARTITION BY loan_id ORDER BY updated_at DESC, message_id DESC) AS place
    FROM ${loans}
    WHERE tenant = '${tenant}' AND "date" >= ?
)
SELECT date_trunc('month', applied_at) AS month, state, count(*) AS loans, sum(amount_cents) AS amount_cents
FROM newest
WHERE place = 1
GROUP BY 1, 2
ORDER BY 1, 2
