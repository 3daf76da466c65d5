SELECT
  COUNT(*) AS "c0",
  SUM(CASE WHEN "id" IS NULL THEN 1 ELSE 0 END) AS "c1",
  SUM(
    CASE
      WHEN "score" <> FLOOR("score")
      OR ABS("score") > CAST(1.7976931348623157E308 AS DOUBLE PRECISION)
      THEN 1
      ELSE 0
    END
  ) AS "c2",
  SUM(
    CASE
      WHEN "score" < CAST(0 AS DOUBLE PRECISION)
      OR "score" = CAST('NaN' AS DOUBLE PRECISION)
      THEN 1
      ELSE 0
    END
  ) AS "c3",
  SUM(CASE WHEN "score" > CAST(1 AS DOUBLE PRECISION) THEN 1 ELSE 0 END) AS "c4",
  SUM(
    CASE
      WHEN ABS(
        CAST("score" AS DOUBLE PRECISION) / CAST(0.5 AS DOUBLE PRECISION) - ROUND(CAST("score" AS DOUBLE PRECISION) / CAST(0.5 AS DOUBLE PRECISION))
      ) > CAST(1e-09 AS DOUBLE PRECISION)
      OR ABS("score") > CAST(1.7976931348623157E308 AS DOUBLE PRECISION)
      THEN 1
      ELSE 0
    END
  ) AS "c5",
  SUM(CASE WHEN "price" <> FLOOR("price") THEN 1 ELSE 0 END) AS "c6",
  SUM(CASE WHEN "price" <= 0.5 THEN 1 ELSE 0 END) AS "c7",
  SUM(CASE WHEN LENGTH("code") < 2 THEN 1 ELSE 0 END) AS "c8",
  SUM(CASE WHEN NOT (
    "code" ~ '^\d+''$'
  ) THEN 1 ELSE 0 END) AS "c9",
  SUM(CASE WHEN NOT (
    "code" IN ('it''s', 'b\c')
  ) THEN 1 ELSE 0 END) AS "c10",
  SUM(CASE WHEN "day" < CAST('2020-01-01' AS DATE) THEN 1 ELSE 0 END) AS "c11",
  SUM(
    CASE WHEN "at" > CAST('2026-12-31 23:00:00+00:00' AS TIMESTAMPTZ) THEN 1 ELSE 0 END
  ) AS "c12",
  SUM(CASE WHEN CARDINALITY("tags") > 3 AND NOT (
    "tags" IS NULL
  ) THEN 1 ELSE 0 END) AS "c13",
  MAX(CASE WHEN "at" <= CAST('2026-11-26 12:00:00+00:00' AS TIMESTAMPTZ) THEN "at" END) AS "c14",
  MIN("at") AS "c15",
  SUM(
    CASE WHEN "at" > CAST('2026-11-26 12:00:00+00:00' AS TIMESTAMPTZ) THEN 1 ELSE 0 END
  ) AS "c16",
  MIN(
    CASE
      WHEN CAST(FLOOR(CAST((
        EXTRACT(EPOCH FROM "at") - 345600
      ) AS DOUBLE PRECISION) / 604800) AS BIGINT) <= 2968
      THEN CAST(FLOOR(CAST((
        EXTRACT(EPOCH FROM "at") - 345600
      ) AS DOUBLE PRECISION) / 604800) AS BIGINT)
    END
  ) AS "c17",
  COUNT(
    DISTINCT CASE
      WHEN CAST(FLOOR(CAST((
        EXTRACT(EPOCH FROM "at") - 345600
      ) AS DOUBLE PRECISION) / 604800) AS BIGINT) < 2968
      AND CAST(FLOOR(CAST((
        EXTRACT(EPOCH FROM "at") - 345600
      ) AS DOUBLE PRECISION) / 604800) AS BIGINT) >= 2938
      THEN CAST(FLOOR(CAST((
        EXTRACT(EPOCH FROM "at") - 345600
      ) AS DOUBLE PRECISION) / 604800) AS BIGINT)
    END
  ) AS "c18",
  MIN(
    CASE
      WHEN CAST(FLOOR(
        CAST((
          (
            (
              EXTRACT(YEAR FROM "day") * 12
            ) + EXTRACT(MONTH FROM "day")
          ) - 1
        ) AS DOUBLE PRECISION) / 1
      ) AS BIGINT) <= 24322
      THEN CAST(FLOOR(
        CAST((
          (
            (
              EXTRACT(YEAR FROM "day") * 12
            ) + EXTRACT(MONTH FROM "day")
          ) - 1
        ) AS DOUBLE PRECISION) / 1
      ) AS BIGINT)
    END
  ) AS "c19",
  COUNT(
    DISTINCT CASE
      WHEN CAST(FLOOR(
        CAST((
          (
            (
              EXTRACT(YEAR FROM "day") * 12
            ) + EXTRACT(MONTH FROM "day")
          ) - 1
        ) AS DOUBLE PRECISION) / 1
      ) AS BIGINT) < 24322
      AND CAST(FLOOR(
        CAST((
          (
            (
              EXTRACT(YEAR FROM "day") * 12
            ) + EXTRACT(MONTH FROM "day")
          ) - 1
        ) AS DOUBLE PRECISION) / 1
      ) AS BIGINT) >= 24292
      THEN CAST(FLOOR(
        CAST((
          (
            (
              EXTRACT(YEAR FROM "day") * 12
            ) + EXTRACT(MONTH FROM "day")
          ) - 1
        ) AS DOUBLE PRECISION) / 1
      ) AS BIGINT)
    END
  ) AS "c20",
  MAX(EXTRACT(EPOCH FROM "at") - EXTRACT(EPOCH FROM "day")) AS "c21",
  SUM(CASE WHEN "id" IS NULL OR "code" IS NULL THEN 1 ELSE 0 END) AS "c22"
FROM "a b"."t";

SELECT
  COUNT(*) AS "keys"
FROM (
  SELECT
    "id"
  FROM "a b"."t"
  WHERE
    NOT (
      "id" IS NULL
    )
  GROUP BY
    "id"
) AS "k";

SELECT
  COUNT(*) AS "keys"
FROM (
  SELECT
    "id",
    "code"
  FROM "a b"."t"
  WHERE
    NOT (
      "id" IS NULL OR "code" IS NULL
    )
  GROUP BY
    "id",
    "code"
) AS "k";

SELECT
  "id" AS "s0"
FROM "a b"."t"
WHERE
  "id" IS NULL
LIMIT 5;

SELECT
  'x' ~ '^\d' AS "found";
