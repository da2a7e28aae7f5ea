/** A part of the program and the tests that have to notice when it is wrong. */
export interface Area {
  readonly name: string;
  readonly files: readonly string[];
  /** In this order, the quickest first: what kills a mutant ends its trial. */
  readonly tests: readonly (readonly string[])[];
}

const under = (folder: string, names: string): string[] =>
  names.split(' ').map((name) => `${folder}/${name}.ts`);

export const areas: readonly Area[] = [
  {
    name: 'retention',
    files: under(
      'src/retention',
      'apply-policy candidate clock-watch due-tiers periods policy schedule suspicious',
    ),
    tests: [
      under('test/retention', 'apply-policy.test clock-watch.test due-tiers.test periods.test schedule.test'),
      [
        'test/operations-day/cleanup.test.ts',
        'test/operations-day/auto.test.ts',
        'test/config/setting-values.test.ts',
      ],
      ['test/retention/model.test.ts'],
    ],
  },
  {
    name: 'snapshot',
    files: under(
      'src/snapshot',
      'block-reader block-writer end-line gzip-head header json-shape manifest name reader row-check row-line row-packer rows sidecar verify writer difference cell-key hash-partitions row-marks',
    ),
    tests: [
      under(
        'test/snapshot',
        'cell-key.test database-file.test format-1.test hash-partitions.test instant.test name.test refusals.test row-check.test row-filter.test row-line.test row-marks.test row-strip.test sidecar.test',
      ),
      under('test/snapshot', 'difference.test round-trip.test damage.test'),
    ],
  },
  {
    name: 'restore planning',
    files: under(
      'src/operations/restoring',
      'decision foreign-key-forecast newer-rows orphan-forecast plan refusal schema-comparison table-plan target consent',
    ),
    tests: [
      [
        'test/operations/schema-differences.test.ts',
        'test/operations/dry-run-cases.test.ts',
        'test/operations/unusual-schemas.test.ts',
      ],
      [
        'test/operations/restore.test.ts',
        'test/operations/dry-run.test.ts',
        'test/operations/restore-failures.test.ts',
      ],
      ['test/e2e/bad-input', 'test/operations/unknown-rules.test.ts'],
    ],
  },
];
