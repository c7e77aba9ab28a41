import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'

const RATES = sql`hashtextextended(current_schema() || ' exchange rates', 0)`

/**
 * Until the transaction ends, exchange rates stay as they are: for what is stored in another currency, or computed at
 * rates. Many do so at the same time.
 */
export async function shareRates({ tx }: Pick<WriteContext, 'tx'>): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock_shared(${RATES})`)
}

/** Waits for all who share the rates; whoever comes after reads the new ones once they are committed. */
export async function holdRates({ tx }: Pick<WriteContext, 'tx'>): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${RATES})`)
}
