/** What a signing secret is sealed for: its key alone. */
export const signingSecretPlace = (keyId: string) => `api_keys:${keyId}:signing_secret`;
