/** What asks the network: the browser's own fetch, but in tests. */
export type Fetch = (address: string, init?: RequestInit) => Promise<Response>
