SELECT
  COUNT(*) AS `c0`,
  COUNT_IF(`id` IS NULL) AS `c1`,
  COUNT_IF(
    `score` <> FLOOR(`score`)
    OR ABS(`score`) > CAST(1.7976931348623157E308 AS DOUBLE)
  ) AS `c2`,
  COUNT_IF(`score` < CAST(0 AS DOUBLE) OR ISNAN(`score`)) AS `c3`,
  COUNT_IF(`score` > CAST(1 AS DOUBLE)) AS `c4`,
  COUNT_IF(
    ABS(
      CAST(`score` AS DOUBLE) / CAST(0.5 AS DOUBLE) - ROUND(CAST(`score` AS DOUBLE) / CAST(0.5 AS DOUBLE))
    ) > CAST(1e-09 AS DOUBLE)
    OR ABS(`score`) > CAST(1.7976931348623157E308 AS DOUBLE)
  ) AS `c5`,
  COUNT_IF(`price` <> FLOOR(`price`)) AS `c6`,
  COUNT_IF(`price` <= 0.5) AS `c7`,
  COUNT_IF(LENGTH(`code`) < 2) AS `c8`,
  COUNT_IF(NOT (
    `code` RLIKE '^\\d+\'$'
  )) AS `c9`,
  COUNT_IF(NOT (
    `code` IN ('it\'s', 'b\\c')
  )) AS `c10`,
  COUNT_IF(`day` < CAST('2020-01-01' AS DATE)) AS `c11`,
  COUNT_IF(`at` > CAST('2026-12-31 23:00:00+00:00' AS TIMESTAMP)) AS `c12`,
  COUNT_IF(SIZE(`tags`) > 3 AND NOT (
    `tags` IS NULL
  )) AS `c13`,
  MAX(CASE WHEN `at` <= CAST('2026-11-26 12:00:00+00:00' AS TIMESTAMP) THEN `at` END) AS `c14`,
  MIN(`at`) AS `c15`,
  COUNT_IF(`at` > CAST('2026-11-26 12:00:00+00:00' AS TIMESTAMP)) AS `c16`,
  MIN(
    CASE
      WHEN CAST(FLOOR(CAST((
        UNIX_TIMESTAMP(CAST(`at` AS TIMESTAMP)) - 345600
      ) AS DOUBLE) / 604800) AS BIGINT) <= 2968
      THEN CAST(FLOOR(CAST((
        UNIX_TIMESTAMP(CAST(`at` AS TIMESTAMP)) - 345600
      ) AS DOUBLE) / 604800) AS BIGINT)
    END
  ) AS `c17`,
  COUNT(
    DISTINCT CASE
      WHEN CAST(FLOOR(CAST((
        UNIX_TIMESTAMP(CAST(`at` AS TIMESTAMP)) - 345600
      ) AS DOUBLE) / 604800) AS BIGINT) < 2968
      AND CAST(FLOOR(CAST((
        UNIX_TIMESTAMP(CAST(`at` AS TIMESTAMP)) - 345600
      ) AS DOUBLE) / 604800) AS BIGINT) >= 2938
      THEN CAST(FLOOR(CAST((
        UNIX_TIMESTAMP(CAST(`at` AS TIMESTAMP)) - 345600
      ) AS DOUBLE) / 604800) AS BIGINT)
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
        ) AS DOUBLE) / 1
      ) AS BIGINT) <= 24322
      THEN CAST(FLOOR(
        CAST((
          (
            (
              EXTRACT(YEAR FROM `day`) * 12
            ) + EXTRACT(MONTH FROM `day`)
          ) - 1
        ) AS DOUBLE) / 1
      ) AS BIGINT)
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
        ) AS DOUBLE) / 1
      ) AS BIGINT) < 24322
      AND CAST(FLOOR(
        CAST((
          (
            (
              EXTRACT(YEAR FROM `day`) * 12
            ) + EXTRACT(MONTH FROM `day`)
          ) - 1
        ) AS DOUBLE) / 1
      ) AS BIGINT) >= 24292
      THEN CAST(FLOOR(
        CAST((
          (
            (
              EXTRACT(YEAR FROM `day`) * 12
            ) + EXTRACT(MONTH FROM `day`)
          ) - 1
        ) AS DOUBLE) / 1
      ) AS BIGINT)
    END
  ) AS `c20`,
  MAX(
    UNIX_TIMESTAMP(CAST(`at` AS TIMESTAMP)) - UNIX_TIMESTAMP(CAST(`day` AS TIMESTAMP))
  ) AS `c21`,
  COUNT_IF(`id` IS NULL OR `code` IS NULL) AS `c22`
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
  'x' RLIKE '^\\d' AS `found`;
