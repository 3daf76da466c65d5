SELECT
  COUNT(*) AS `c0`,
  COUNTIF(`id` IS NULL) AS `c1`,
  COUNTIF(
    `score` <> FLOOR(`score`)
    OR (
      ABS(`score`) > CAST(1.7976931348623157E308 AS FLOAT64) OR IS_NAN(`score`)
    )
  ) AS `c2`,
  COUNTIF(`score` < CAST(0 AS FLOAT64) OR IS_NAN(`score`)) AS `c3`,
  COUNTIF(`score` > CAST(1 AS FLOAT64) OR IS_NAN(`score`)) AS `c4`,
  COUNTIF(
    ABS(
      CAST(`score` AS FLOAT64) / CAST(0.5 AS FLOAT64) - ROUND(CAST(`score` AS FLOAT64) / CAST(0.5 AS FLOAT64))
    ) > CAST(1e-09 AS FLOAT64)
    OR (
      ABS(`score`) > CAST(1.7976931348623157E308 AS FLOAT64) OR IS_NAN(`score`)
    )
  ) AS `c5`,
  COUNTIF(`price` <> FLOOR(`price`)) AS `c6`,
  COUNTIF(`price` <= 0.5) AS `c7`,
  COUNTIF(LENGTH(`code`) < 2) AS `c8`,
  COUNTIF(NOT (
    REGEXP_CONTAINS(`code`, '^\\d+\'$')
  )) AS `c9`,
  COUNTIF(NOT (
    `code` IN ('it\'s', 'b\\c')
  )) AS `c10`,
  COUNTIF(`day` < CAST('2020-01-01' AS DATE)) AS `c11`,
  COUNTIF(`at` > CAST('2026-12-31 23:00:00+00:00' AS TIMESTAMP)) AS `c12`,
  COUNTIF(ARRAY_LENGTH(`tags`) > 3 AND NOT (
    `tags` IS NULL
  )) AS `c13`,
  MAX(CASE WHEN `at` <= CAST('2026-11-26 12:00:00+00:00' AS TIMESTAMP) THEN `at` END) AS `c14`,
  MIN(`at`) AS `c15`,
  COUNTIF(`at` > CAST('2026-11-26 12:00:00+00:00' AS TIMESTAMP)) AS `c16`,
  MIN(
    CASE
      WHEN CAST(FLOOR(CAST((
        UNIX_SECONDS(CAST(`at` AS TIMESTAMP)) - 345600
      ) AS FLOAT64) / 604800) AS INT64) <= 2968
      THEN CAST(FLOOR(CAST((
        UNIX_SECONDS(CAST(`at` AS TIMESTAMP)) - 345600
      ) AS FLOAT64) / 604800) AS INT64)
    END
  ) AS `c17`,
  COUNT(
    DISTINCT CASE
      WHEN CAST(FLOOR(CAST((
        UNIX_SECONDS(CAST(`at` AS TIMESTAMP)) - 345600
      ) AS FLOAT64) / 604800) AS INT64) < 2968
      AND CAST(FLOOR(CAST((
        UNIX_SECONDS(CAST(`at` AS TIMESTAMP)) - 345600
      ) AS FLOAT64) / 604800) AS INT64) >= 2938
      THEN CAST(FLOOR(CAST((
        UNIX_SECONDS(CAST(`at` AS TIMESTAMP)) - 345600
      ) AS FLOAT64) / 604800) AS INT64)
    END
  ) AS `c18`,
  MIN(
    CASE
      WHEN CAST(FLOOR(
        CAST((
          (
            (
              EXTRACT(YEAR FROM `day`) * 12
            ) + EXTRACT(MONTH FROM `day`)
          ) - 1
        ) AS FLOAT64) / 1
      ) AS INT64) <= 24322
      THEN CAST(FLOOR(
        CAST((
          (
            (
              EXTRACT(YEAR FROM `day`) * 12
            ) + EXTRACT(MONTH FROM `day`)
          ) - 1
        ) AS FLOAT64) / 1
      ) AS INT64)
    END
  ) AS `c19`,
  COUNT(
    DISTINCT CASE
      WHEN CAST(FLOOR(
        CAST((
          (
            (
              EXTRACT(YEAR FROM `day`) * 12
            ) + EXTRACT(MONTH FROM `day`)
          ) - 1
        ) AS FLOAT64) / 1
      ) AS INT64) < 24322
      AND CAST(FLOOR(
        CAST((
          (
            (
              EXTRACT(YEAR FROM `day`) * 12
            ) + EXTRACT(MONTH FROM `day`)
          ) - 1
        ) AS FLOAT64) / 1
      ) AS INT64) >= 24292
      THEN CAST(FLOOR(
        CAST((
          (
            (
              EXTRACT(YEAR FROM `day`) * 12
            ) + EXTRACT(MONTH FROM `day`)
          ) - 1
        ) AS FLOAT64) / 1
      ) AS INT64)
    END
  ) AS `c20`,
  MAX(UNIX_SECONDS(CAST(`at` AS TIMESTAMP)) - UNIX_SECONDS(CAST(`day` AS TIMESTAMP))) AS `c21`,
  COUNTIF(`id` IS NULL OR `code` IS NULL) AS `c22`
FROM `a b`.`t`;

SELECT
  COUNT(*) AS `keys`
FROM (
  SELECT
    `id`
  FROM `a b`.`t`
  WHERE
    NOT (
      `id` IS NULL
    )
  GROUP BY
    `id`
) AS `k`;

SELECT
  COUNT(*) AS `keys`
FROM (
  SELECT
    `id`,
    `code`
  FROM `a b`.`t`
  WHERE
    NOT (
      `id` IS NULL OR `code` IS NULL
    )
  GROUP BY
    `id`,
    `code`
) AS `k`;

SELECT
  `id` AS `s0`
FROM `a b`.`t`
WHERE
  `id` IS NULL
LIMIT 5;

SELECT
  REGEXP_CONTAINS('x', '^\\d') AS `found`;
