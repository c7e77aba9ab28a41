// Refuses a dependency whose licence is not permissive.
import { runPnpm } from './pnpm.mjs'

const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'MIT*',
  'PostgreSQL',
  'Python-2.0',
  'Unlicense',
  'Zlib',
])

// Development tools are not shipped, so a weak copyleft on their own files reaches nobody.
const PERMISSIVE_FOR_TOOLS = new Set([...PERMISSIVE, 'MPL-2.0'])

// vue-router names vite, for a plugin we do not use; none of it gets into a bundle.
const TOOLS_AMONG_PROD = /^lightningcss(-|$)/

/** Whether an SPDX expression leaves a permissive choice. */
function isAllowed(expression, allowed) {
  const bare = expression.trim().replace(/^\((.*)\)$/, '$1')
  if (/ OR /i.test(bare)) return bare.split(/ OR /i).some((part) => isAllowed(part, allowed))
  if (/ AND /i.test(bare)) return bare.split(/ AND /i).every((part) => isAllowed(part, allowed))
  return allowed.has(bare)
}

/** The packages of one kind of dependency whose licence is not on the list. */
async function findRefused(scope, allowed) {
  const { code, output } = await runPnpm(['licenses', 'list', scope, '--json'], { capture: true })
  if (code !== 0) throw new Error(`pnpm could not list the licences (${scope})`)
  const byLicence = JSON.parse(output)
  return Object.entries(byLicence)
    .filter(([licence]) => !isAllowed(licence, allowed))
    .flatMap(([licence, packages]) => packages.map(({ name }) => ({ name, licence })))
}

const shipped = await findRefused('--prod', PERMISSIVE)
const refused = [
  ...shipped.filter(({ name }) => !TOOLS_AMONG_PROD.test(name)),
  ...(await findRefused('--dev', PERMISSIVE_FOR_TOOLS)),
]
for (const { name, licence } of refused) {
  process.stderr.write(`The licence of ${name} is not permissive: ${licence}\n`)
  process.exitCode = 1
}
