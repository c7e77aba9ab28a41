import type { Log, Platform } from '../installation.ts'
import { createTenant, type NewTenant, removeTenant } from '../tenants/create-tenant.ts'
import type { Move } from '../tenants/move-store.ts'
import { abortMove, dropOldCopy, moveTenant } from '../tenants/move-tenant.ts'
import { HOME } from '../tenants/move-work.ts'
import { listTenants, setHosts } from '../tenants/tenant-store.ts'

/** What `npm run crm -- tenant` understands. */
export const TENANT_USAGE =
  'tenant list                 the tenants, where they live, and what they hold\n' +
  '  tenant create <name> [--from <tenant>] [--node <node>] [--host <name>]…\n' +
  '                              a new tenant, or a copy of another to test in; TENANT=<name> npm start serves it\n' +
  '  tenant hosts <name> [<host> …]\n' +
  '                              the host names that lead to it, where TENANT=* serves all\n' +
  '  tenant move <name> --to <node>\n' +
  '                              to another node while it is used; again after it has halted, it goes on\n' +
  '  tenant move <name> --drop-old | --abort\n' +
  '                              remove what it has left behind, or what it has not come to\n' +
  '  tenant drop <name> --confirm <name>\n' +
  '                              remove a tenant with everything in it, for good'

/** Runs a command about tenants; false if its words were not understood. */
export async function runTenantCommand(
  platform: Platform,
  [word = '', ...args]: readonly string[],
  say: Log,
): Promise<boolean> {
  const command = COMMANDS[word]
  return command === undefined ? false : command(platform, args, say)
}

type Command = (platform: Platform, args: readonly string[], say: Log) => Promise<boolean>

const COMMANDS: Readonly<Record<string, Command>> = {
  list: async ({ nodes }, args, say) => {
    if (args.length > 0) return false
    for (const { name, node, hosts, release, people, bytes, move } of await listTenants(nodes)) {
      const megabytes = (bytes / 1_000_000).toFixed(1)
      const reached = hosts.length > 0 ? `, at ${hosts.join(' ')}` : ''
      say(
        `  ${name}: release ${release ?? 'none'}, ${people} sign in, ${megabytes} MB, node ${node ?? HOME}${reached}${stateOf(move)}`,
      )
    }
    return true
  },
  create: async (platform, args, say) => {
    const asked = parseNew(args)
    if (!asked) return false
    const { name, from } = asked
    const first = await createTenant(platform, asked, say)
    say(from === undefined ? `The tenant ${name} is there` : `${name} is a copy of ${from}`)
    if (first?.oneTimePassword !== undefined) {
      say(`${first.email} signs in with the one-time password ${first.oneTimePassword}`)
    }
    say(`TENANT=${name} npm start serves it`)
    return true
  },
  hosts: async ({ nodes }, [name, ...hosts], say) => {
    if (name === undefined) return false
    await setHosts(nodes.home, name, hosts)
    say(hosts.length > 0 ? `${hosts.join(' ')} leads to ${name}` : `No host leads to ${name}`)
    return true
  },
  move: async (platform, [tenant, option, to, ...more], say) => {
    if (tenant === undefined || more.length > 0) return false
    if (option === '--to' && to !== undefined) {
      await moveTenant(platform, { tenant, to }, say)
      say(`The old copy stays until: tenant move ${tenant} --drop-old`)
      return true
    }
    if (to !== undefined) return false
    if (option === '--drop-old') await dropOldCopy(platform, tenant)
    else if (option === '--abort') await abortMove(platform, tenant, say)
    else return false
    say(option === '--abort' ? `${tenant} stays where it is` : 'The old copy is gone')
    return true
  },
  drop: async (platform, [name, option, confirmed, ...more], say) => {
    if (name === undefined || option !== '--confirm' || confirmed !== name) return false
    if (more.length > 0) return false
    await removeTenant(platform, name)
    say(`The tenant ${name} is gone`)
    return true
  },
}

/** How far a move has come, and what to say next. */
function stateOf(move: Move | undefined): string {
  if (!move) return ''
  const { tenant, source, target, phase, isAlive, failure, isWanted } = move
  const ways = `tenant move ${tenant} --to ${target} goes on, --abort takes it back`
  if (phase === 'moved') return `, old copy on ${source} (tenant move ${tenant} --drop-old)`
  if (failure !== null) {
    return `, its move to ${target} has halted while ${phase}: ${failure} (${ways})`
  }
  if (!isWanted) return `, its move to ${target} is being taken back`
  if (isAlive) return `, moving to ${target} (${phase})`
  return `, its move to ${target} was broken off while ${phase}: a server that runs goes on with it in a moment (or ${ways})`
}

function parseNew([name, ...options]: readonly string[]): NewTenant | undefined {
  if (name === undefined || options.length % 2 > 0) return undefined
  const found: { from?: string; node?: string; hosts: string[] } = { hosts: [] }
  for (let at = 0; at < options.length; at += 2) {
    const [option, value = ''] = [options[at], options[at + 1]]
    if (option === '--host') found.hosts.push(value)
    else if (option === '--from') found.from = value
    else if (option === '--node' && value !== HOME) found.node = value
    else if (option !== '--node') return undefined
  }
  return { name, ...found }
}
