// One call with the official OpenAI client for Node, described by JSON in the first argument; prints what it got as JSON.
import OpenAI, { AzureOpenAI } from 'openai';

const options = JSON.parse(process.argv[2]);
const client =
  options.kind === 'azure'
    ? new AzureOpenAI({
        endpoint: options.base,
        apiVersion: options.version,
        azureADTokenProvider: async () => options.token,
        maxRetries: 0,
      })
    : new OpenAI({ baseURL: options.base, apiKey: options.token, project: options.project, maxRetries: 0 });

const messages = [{ role: 'user', content: options.question }];
const request = { model: options.model, messages, ...options.more };

if (options.stream) {
  let text = '';
  let usage = null;
  let chunks = 0;
  for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) {
    chunks += 1;
    text += chunk.choices[0]?.delta?.content ?? '';
    usage = chunk.usage ?? usage;
  }
  console.log(JSON.stringify({ text, usage, chunks }));
} else {
  const answer = await client.chat.completions.create(request);
  console.log(JSON.stringify({ text: answer.choices[0].message.content, usage: answer.usage, id: answer.id }));
}
