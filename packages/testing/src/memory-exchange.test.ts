import { exchangeConformance } from './conformance/exchange.ts';
import { MemoryNetwork } from './memory-exchange.ts';

exchangeConformance('memory exchange', async () => {
  const network = new MemoryNetwork(32 * 1024);
  return {
    sender: network.exchange('a'),
    receiver: network.exchange('b'),
    creditBytes: 32 * 1024,
    killSender: async () => network.kill('a'),
    killReceiver: async () => network.kill('b'),
    close: async () => {},
  };
});
