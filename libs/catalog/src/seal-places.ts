/** What a provider's credential is sealed for: its row alone. */
export const credentialPlace = (id: string) => `credentials:${id}`;
