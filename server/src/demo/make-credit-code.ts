const CHARACTERS = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const ORGANIZATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2]

/**
 * Makes a unified social credit code (GB 32100-2015): registration authority and kind `91`, the six
 * digits of the district, the nine characters of the organization (GB 11714, with a check character
 * of their own), and the check character over all.
 * @param district six digits, e.g. `320500`
 * @param organization eight characters of digits and letters
 */
export function makeCreditCode(district: string, organization: string): string {
  const body = `91${district}${organization}${organizationCheck(organization)}`
  return body + creditCheck(body)
}

/** The 18th character: weights are the powers of three modulo 31. */
function creditCheck(body: string): string {
  let weight = 1
  let sum = 0
  for (const character of body) {
    sum += CHARACTERS.indexOf(character) * weight
    weight = (weight * 3) % 31
  }
  return CHARACTERS.charAt((31 - (sum % 31)) % 31)
}

/** Here a letter counts as 10 (A) to 35 (Z), unlike in the credit code around it. */
function organizationCheck(organization: string): string {
  const sum = ORGANIZATION_WEIGHTS.reduce(
    (total, weight, index) => total + weight * Number.parseInt(organization.charAt(index), 36),
    0,
  )
  const check = (11 - (sum % 11)) % 11
  return check === 10 ? 'X' : String(check)
}
