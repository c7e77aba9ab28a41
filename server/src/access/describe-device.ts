/** What of a browser's own words a person recognises; null where it does not tell. */
export interface Device {
  readonly browser: string | null
  readonly system: string | null
}

// The first that fits: the later ones are what the earlier claim to be as well.
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/MicroMessenger\//, 'WeChat'],
  [/DingTalk/i, 'DingTalk'],
  [/\b(?:Edg|EdgA|EdgiOS)\//, 'Edge'],
  [/\b(?:OPR|Opera)\//, 'Opera'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*Safari\//, 'Safari'],
  [/^curl\//, 'curl'],
]

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/HarmonyOS|OpenHarmony/, 'HarmonyOS'],
  [/iPhone|iPod/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]

/**
 * Browser and system of a user agent, without versions: enough to tell one's devices apart.
 *
 * @example describeDevice('Mozilla/5.0 (Windows NT 10.0) … Chrome/131.0 Safari/537.36') // Chrome, Windows
 */
export function describeDevice(userAgent: string | null): Device {
  return { browser: nameOf(BROWSERS, userAgent), system: nameOf(SYSTEMS, userAgent) }
}

function nameOf(
  names: readonly (readonly [RegExp, string])[],
  userAgent: string | null,
): string | null {
  if (userAgent === null) return null
  return names.find(([pattern]) => pattern.test(userAgent))?.[1] ?? null
}
