import { ConfigError } from '../config.ts'
import type { Database } from './database.ts'

/**
 * The database servers over which tenants are spread: one pool for each, opened when a tenant there is first asked
 * for. The platform's own database is the node without a name.
 */
export class Nodes {
  readonly home: Database
  readonly #open: (node: string) => Promise<Database>
  readonly #opened = new Map<string, Promise<Database>>()

  constructor(home: Database, open: (node: string) => Promise<Database>) {
    this.home = home
    this.#open = open
  }

  /** The database of a node; null names the platform's own. @throws ConfigError for a node without an address */
  of(node: string | null): Promise<Database> {
    if (node === null) return Promise.resolve(this.home)
    const known = this.#opened.get(node)
    if (known) return known
    const opening = this.#open(node)
    this.#opened.set(node, opening)
    // One that could not be reached is tried again by the next who asks.
    opening.catch(() => this.#opened.delete(node))
    return opening
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    for (const opening of this.#opened.values()) {
      await opening.then(
        (database) => database.close(),
        () => undefined,
      )
    }
    await this.home.close()
  }
}

/** What somebody is told who names a node that has no address in the environment. */
export function unknownNode(node: string): ConfigError {
  return new ConfigError([
    `There is no node "${node}": DATABASE_URL_${node.toUpperCase()} must name its database`,
  ])
}
