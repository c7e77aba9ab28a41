const FORMATTED = ['--config', '.oxfmtrc.json']

const FRONT_ENDS = { entry: 'tools/build-front-ends.mjs' }

const LINT = [
  { bin: 'oxlint', args: ['--config', '.oxlintrc.json', '--deny-warnings'] },
  { bin: 'eslint', args: ['--max-warnings', '0', '--no-error-on-unmatched-pattern', '**/*.vue'] },
]

const WALLS = [
  {
    bin: 'depcruise',
    package: 'dependency-cruiser',
    args: ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', '.'],
  },
]

const typesOf = (folder) => ({ bin: 'tsc', package: 'typescript', args: ['--project', folder] })

const vueTypesOf = (folder) => ({ bin: 'vue-tsc', args: ['--project', folder] })

const TYPES = [
  typesOf('metamodel'),
  typesOf('server'),
  vueTypesOf('runtime-ui'),
  vueTypesOf('studio'),
  vueTypesOf('plugins/credit-code'),
  typesOf('tests'),
  typesOf('bench'),
]

// What nobody uses: files, exports, dependencies.
const UNUSED = [{ bin: 'knip' }]

const TEST = [{ bin: 'vitest', args: ['run'] }]

/**
 * What each npm script runs, in order; arguments after `--` go to the last program. A step is an
 * `entry` of the repository or the `bin` of an installed package.
 */
export const COMMANDS = {
  start: [FRONT_ENDS, { entry: 'server/src/main.ts' }],
  test: TEST,
  check: [
    { bin: 'oxfmt', args: [...FORMATTED, '--check'] },
    ...LINT,
    ...WALLS,
    ...TYPES,
    ...UNUSED,
    { entry: 'tools/check-licences.mjs' },
    ...TEST,
  ],
  build: [FRONT_ENDS],
  format: [{ bin: 'oxfmt', args: FORMATTED }],
  lint: LINT,
  walls: WALLS,
  types: TYPES,
  knip: UNUSED,
  licences: [{ entry: 'tools/check-licences.mjs' }],
  crm: [{ entry: 'server/src/crm.ts' }],
  bench: [{ entry: 'bench/main.ts' }],
  'bench:access': [{ entry: 'bench/access.ts' }],
  'bench:import': [{ entry: 'bench/import.ts' }],
  'bench:publish': [{ entry: 'bench/publish.ts' }],
  screenshots: [FRONT_ENDS, { entry: 'tests/browser/take-screenshots.ts' }],
  oracle: [{ entry: 'tests/oracle/main.ts', args: ['oracle'] }],
  'non-interference': [{ entry: 'tests/oracle/main.ts', args: ['non-interference'] }],
  'kill-publish': [{ entry: 'tests/publish/kill-rounds.ts' }],
  'roll-up-storm': [{ entry: 'tests/scenarios/roll-up-storm-main.ts' }],
  scan: [FRONT_ENDS, { entry: 'tests/security/scan/main.ts' }],
  mutation: [{ entry: 'tests/security/mutation/main.ts' }],
  maven: [FRONT_ENDS, { entry: 'tests/scenarios/import-maven.ts' }],
}
