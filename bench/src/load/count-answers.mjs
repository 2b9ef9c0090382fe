/** Remembers how many answers the gateway gave in all, warming up included: its books are held against that at the end. */
export function countAnswers(bench, { port }, answers) {
  const { gateway, secondGateway, smallGateway } = bench.ports;
  if ([gateway, secondGateway, smallGateway].includes(port)) bench.gatewayAnswers += answers;
}
