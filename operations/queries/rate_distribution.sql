-- How rates are distributed, by product, in steps of a quarter of a per cent (25 basis points).
-- Parameter: the first day of delivery that counts ('2026-01-01').
WITH newest AS (
    SELECT product, rate_bp, status, row_number() OVER (PARTITION BY loan_id ORDER BY updated_at DESC, message_id DESC) AS place
    FROM ${loans}
    WHERE tenant = '${tenant}' AND "date" >= ?
)
SELECT product, rate_bp - rate_bp % 25 AS from_bp, count(*) AS loans
FROM newest
WHERE place = 1 AND status IN ('approved', 'funded')
GROUP BY 1, 2
ORDER BY 1, 2
