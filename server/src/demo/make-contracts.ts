import { addDays, workingMoment } from './days.ts'
import { type DemoFile, type DemoRecord, type DemoReference, ref } from './demo-data.ts'
import { encodePdf } from './encode-pdf.ts'
import type { Deal } from './make-deals.ts'
import type { Quote } from './make-quotes.ts'
import { type ContractPlan, planContracts } from './plan-contracts.ts'
import { type Plan, planInstalments } from './plan-instalments.ts'
import { Random } from './random.ts'
import { USER_ROSTER } from './words/user-roster.ts'

/** A contract with its instalments. */
export interface Contract extends ContractPlan {
  record: DemoRecord
  plans: Plan[]
}

/** Makes the contracts; how far they have come follows from what was paid. */
export function makeContracts(
  deals: readonly Deal[],
  quotes: readonly Quote[],
  today: string,
): Contract[] {
  const random = new Random('contract records')
  const contracts = planContracts(deals, quotes, today)
  const plans = planInstalments(contracts, today)
  return contracts.map((contract, index) => {
    const own = plans.get(contract.key) ?? []
    return {
      ...contract,
      plans: own,
      record: withScan(contractRecord(random, contract, { plans: own, today }), contract, index),
    }
  })
}

/** Every so many contracts, the signed copy was scanned. */
const SCANNED_EVERY = 8

function withScan(record: DemoRecord, contract: ContractPlan, index: number): DemoRecord {
  const isScanned = record['signed_copy_returned'] === true && index % SCANNED_EVERY === 0
  return isScanned ? { ...record, signed_copy: scanOf(contract) } : record
}

function scanOf({ name, account, signer, amount, signed = '' }: ContractPlan): DemoFile {
  const rows = [
    `合同名称：${name}`,
    `甲方：${String(account.record['name'])}`,
    '乙方：启衡自动化技术有限公司',
    `合同金额：人民币 ${amount.toFixed(2)} 元`,
    `签订日期：${signed}`,
    `甲方代表：${signer.name}`,
  ]
  const title = { text: '销售合同（扫描件）', x: 200, y: 760, size: 20 }
  const lines = rows.map((text, row) => ({ text, x: 72, y: 700 - row * 28, size: 12 }))
  const seal = { x: 440, y: 500, radius: 46 }
  return { _file: { name: `${name}-扫描件.pdf`, bytes: encodePdf([title, ...lines], seal) } }
}

function contractRecord(
  random: Random,
  contract: ContractPlan,
  { plans, today }: { plans: readonly Plan[]; today: string },
): DemoRecord {
  const { account, signed } = contract
  const status = contractStatus(contract, plans, today)
  const created = signed ?? addDays(today, -random.integer(1, 6))
  return {
    _key: contract.key,
    _created_at: workingMoment(random, created, today),
    _owner: ref(`user.${account.owner}`),
    name: contract.name,
    account: ref(account.key),
    ...(contract.deal === undefined ? {} : { opportunity: ref(contract.deal.key) }),
    ...(contract.quote === undefined ? {} : { quote: ref(contract.quote.key) }),
    ...(contract.parent === undefined ? {} : { parent: ref(contract.parent) }),
    type: contract.type,
    status,
    amount: contract.amount,
    ...(signed === undefined
      ? {}
      : { sign_date: signed, customer_signer: ref(contract.signer.key) }),
    start_date: contract.starts,
    end_date: contract.ends,
    ...creditedDepartment(account.owner),
    our_signer: ref(`user.${ourSigner(contract)}`),
    seal_type: random.weighted({ contract: 70, electronic: 22, official: 8 }),
    signed_copy_returned: status === 'completed' || (signed !== undefined && random.chance(0.82)),
    ...(plans[0] === undefined ? {} : { payment_terms: plans[0].terms }),
  }
}

function contractStatus(
  { signed, isTerminated, ends }: ContractPlan,
  plans: readonly Plan[],
  today: string,
): string {
  if (signed === undefined) return 'draft'
  if (isTerminated) return 'terminated'
  if (plans.every(({ status }) => status === 'paid')) return 'completed'
  return ends < today ? 'expired' : 'active'
}

/** Figures count towards the department of the seller. */
function creditedDepartment(owner: string): { department?: DemoReference } {
  const seller = USER_ROSTER.find(({ key }) => key === owner)
  return seller ? { department: ref(`department.${seller.department}`) } : {}
}

/** The director signs large contracts, otherwise the seller's manager. */
function ourSigner({ amount, account }: ContractPlan): string {
  const seller = USER_ROSTER.find(({ key }) => key === account.owner)
  return amount >= 800_000 ? 'director' : (seller?.manager ?? 'director')
}
