-- Which part of what was decided was funded (pull-through), by product.
-- Parameter: the first day of delivery that counts ('2026-01-01').
WITH newest AS (
    SELECT product, status, row_number() OVER (PARTITION BY loan_id ORDER BY updated_at DESC, message_id DESC) AS place
    FROM ${loans}
    WHERE tenant = '${tenant}' AND "date" >= ?
)
SELECT
    product,
    count(*) AS decided,
    count(CASE WHEN status = 'funded' THEN 1 END) AS funded,
    CAST(count(CASE WHEN status = 'funded' THEN 1 END) AS double) / count(*) AS pull_through
FROM newest
WHERE place = 1 AND status IN ('declined', 'funded', 'withdrawn')
GROUP BY product
ORDER BY product
