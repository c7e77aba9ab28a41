import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  type IDToken,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type UserInfoResponse,
} from 'openid-client'

/** The provider of sign-ins that the environment names. */
export interface ProviderSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string | undefined
  /** What people call it: on the button. */
  readonly label: string
}

/** What the browser's way to the provider and back is held together by; kept here, never in the browser. */
export interface Journey {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** Who somebody is, as the provider has signed it. */
export interface ProvenIdentity {
  readonly issuer: string
  readonly subject: string
  /** Only where the provider says that it is theirs. */
  readonly email: string | undefined
  /** The provider asked for more than a password. */
  readonly hadSecondStep: boolean
}

const TIMEOUT_SECONDS = 10
// What RFC 8176 calls proofs other than a password.
const SECOND_STEPS = new Set(['mfa', 'otp', 'hwk', 'swk', 'sms', 'face', 'fpt', 'sc'])

/**
 * Signing in by OpenID Connect (authorization code with PKCE). Signature, issuer, audience, expiry, state and nonce
 * are checked by the library; what fails one of them is not signed in.
 */
export class IdentityProvider {
  readonly settings: ProviderSettings
  readonly #redirectUri: string
  #found: Promise<Configuration> | undefined

  /** @param publicUrl where browsers reach this server. */
  constructor(settings: ProviderSettings, publicUrl: string) {
    this.settings = settings
    this.#redirectUri = `${publicUrl}/api/v1/auth/oidc/callback`
  }

  /** Where the browser goes to sign in, and what must be known when it comes back. */
  async depart(): Promise<{ readonly url: URL; readonly journey: Journey }> {
    const configuration = await this.#configuration()
    const journey = {
      state: randomState(),
      nonce: randomNonce(),
      verifier: randomPKCECodeVerifier(),
    }
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: this.#redirectUri,
      scope: 'openid email',
      state: journey.state,
      nonce: journey.nonce,
      code_challenge: await calculatePKCECodeChallenge(journey.verifier),
      code_challenge_method: 'S256',
    })
    return { url, journey }
  }

  /**
   * Exchanges what the browser brought back for who it is.
   *
   * @param query what stands behind the question mark of the address to which it came back
   * @throws Error when anything about it is not as it must be.
   */
  async arrive(query: string, { state, nonce, verifier }: Journey): Promise<ProvenIdentity> {
    const configuration = await this.#configuration()
    const cameBackTo = new URL(this.#redirectUri)
    cameBackTo.search = query
    const tokens = await authorizationCodeGrant(configuration, cameBackTo, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    })
    const claims = tokens.claims()
    if (claims === undefined) throw new Error('The provider sent no ID token')
    const { userinfo_endpoint: more } = configuration.serverMetadata()
    // Many a provider tells the address only to whoever asks with the access token.
    const isTold = claims['email'] !== undefined || more === undefined
    const address = isTold
      ? claims
      : await fetchUserInfo(configuration, tokens.access_token, claims.sub)
    return identityOf(claims, address)
  }

  /** Looked up once; a provider that is away is asked again the next time. */
  #configuration(): Promise<Configuration> {
    this.#found ??= this.#discover().catch((error: unknown) => {
      this.#found = undefined
      throw error
    })
    return this.#found
  }

  #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.settings
    const address = new URL(issuer)
    // Without TLS only where no network lies between: the environment was checked for it.
    const isLocal = address.protocol === 'http:'
    return discovery(address, clientId, clientSecret, undefined, {
      timeout: TIMEOUT_SECONDS,
      // The signature of ID tokens is checked too, though they come by the provider's own hand.
      execute: [enableNonRepudiationChecks, ...(isLocal ? [allowInsecureRequests] : [])],
    })
  }
}

function identityOf(
  { iss, sub, amr }: IDToken,
  { email, email_verified: isVerified }: IDToken | UserInfoResponse,
): ProvenIdentity {
  const methods = Array.isArray(amr) ? amr : []
  return {
    issuer: iss,
    subject: sub,
    email: isVerified === true && typeof email === 'string' ? email : undefined,
    hadSecondStep: methods.some((method) => SECOND_STEPS.has(String(method))),
  }
}
