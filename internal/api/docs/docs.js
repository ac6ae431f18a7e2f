// Shows /openapi.json. Everything is put into the page as text.

const methods = ['get', 'post', 'put', 'patch', 'delete']

function element(tag, properties, ...children) {
  const e = Object.assign(document.createElement(tag), properties)
  e.append(...children.filter((child) => child !== null && child !== ''))
  return e
}

// resolve follows a reference to a schema by its name.
function resolve(spec, schema) {
  const name = schema.$ref?.split('/').pop()
  return name === undefined ? { name: '', schema } : { name, schema: spec.components.schemas[name] ?? {} }
}

// kind is what a schema takes, in words.
function kind(spec, given) {
  const { name, schema } = resolve(spec, given)
  if (name !== '') return name
  const types = [schema.type ?? 'any'].flat()
  const main = types.find((type) => type !== 'null') ?? 'null'
  let words = main
  if (main === 'array') words = `list of ${kind(spec, schema.items ?? {})}`
  else if (typeof schema.additionalProperties === 'object') words = `object of ${kind(spec, schema.additionalProperties)}`
  else if (schema.format === 'date-time') words = 'time'
  return types.includes('null') ? `${words} or null` : words
}

// rules are a schema's limits, in words.
function rules(schema) {
  const of = schema.type === 'array' || schema.type?.includes?.('array') ? { ...schema.items, ...schema } : schema
  const found = []
  const add = (value, text) => { if (value !== undefined) found.push(text(value)) }
  add(of.enum ?? schema.items?.enum, (v) => v.map((word) => JSON.stringify(word)).join(', '))
  add(of.minimum, (v) => `at least ${v}`)
  add(of.maximum, (v) => `at most ${v}`)
  add(of.minLength, (v) => `${v} or more characters`)
  add(of.maxLength, (v) => `up to ${v} characters`)
  add(of.minItems, (v) => `${v} or more`)
  add(of.maxItems, (v) => `up to ${v}`)
  add(of.maxProperties, (v) => `up to ${v}`)
  add(of.patternDescription, (v) => v)
  add(of.default, (v) => `default ${JSON.stringify(v)}`)
  return found.join('; ')
}

function row(spec, name, needed, schema, doc) {
  return element('tr', {},
    element('td', {}, name, needed ? element('span', { className: 'needed', title: 'required' }, ' *') : ''),
    element('td', {}, kind(spec, schema), element('br'), rules(schema)),
    element('td', {}, doc ?? schema.description ?? ''))
}

// fields is the table of an object's members; those of named objects fold out.
function fields(spec, given, seen) {
  const { name, schema } = resolve(spec, given)
  const inner = schema.items ?? (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : null)
  if (schema.properties === undefined) return inner === null ? null : fields(spec, inner, seen)
  const table = element('table')
  for (const [field, value] of Object.entries(schema.properties)) {
    const line = row(spec, field, schema.required?.includes(field), value)
    const deeper = target(spec, value)
    if (deeper !== null && deeper !== name && !seen.includes(deeper)) {
      const more = fields(spec, { $ref: `#/components/schemas/${deeper}` }, [...seen, deeper])
      if (more !== null) line.lastChild.append(element('details', {}, element('summary', {}, deeper), more))
    }
    table.append(line)
  }
  return table
}

// target is the name of the object that a field holds, or null.
function target(spec, schema) {
  if (schema.$ref !== undefined) return resolve(spec, schema).name
  if (schema.items !== undefined) return target(spec, schema.items)
  return typeof schema.additionalProperties === 'object' ? target(spec, schema.additionalProperties) : null
}

function content(spec, title, types) {
  return Object.entries(types ?? {}).map(([type, media]) => element('div', {},
    element('h4', {}, `${title}: ${type} ${media.schema?.$ref ? kind(spec, media.schema) : ''}`),
    (media.schema && fields(spec, media.schema, [kind(spec, media.schema)])) ?? ''))
}

function example(path, method, operation) {
  const words = ['curl -s']
  if (method !== 'get') words.push(`-X ${method.toUpperCase()}`)
  if (operation.requestBody) words.push("-H 'Content-Type: application/json' -d '{...}'")
  return `${words.join(' ')} ${location.origin}${path}`
}

function show(spec, path, method, operation) {
  const parameters = operation.parameters ?? []
  const answers = Object.entries(operation.responses).flatMap(([status, answer]) => {
    if (status === 'default') return []
    return answer.content ? content(spec, `Answer ${status}`, answer.content) : [element('h4', {}, `Answer ${status}, without a body`)]
  })
  return element('section', { className: 'operation', id: operation.operationId },
    element('h3', {}, operation.summary),
    element('span', { className: 'path' }, element('span', { className: 'method' }, method.toUpperCase()), path),
    element('p', { className: 'note' }, operation.description ?? ''),
    element('pre', {}, example(path, method, operation)),
    parameters.length > 0 ? element('h4', {}, 'Parameters') : '',
    parameters.length > 0
      ? element('table', {}, ...parameters.map((p) => row(spec, `${p.name} (${p.in})`, p.required, p.schema, p.description)))
      : '',
    ...content(spec, 'Body', operation.requestBody?.content), ...answers)
}

function build(spec) {
  const main = document.getElementById('main')
  const list = document.getElementById('list')
  main.replaceChildren(element('h1', {}, `${spec.info.title} ${spec.info.version}`),
    element('p', { className: 'lead' }, spec.info.description ?? ''))
  for (const tag of spec.tags ?? []) {
    const links = element('ul')
    const group = element('div', {}, element('h2', {}, tag.name), element('p', { className: 'lead' }, tag.description ?? ''))
    for (const [path, item] of Object.entries(spec.paths)) {
      for (const method of methods.filter((m) => item[m]?.tags?.includes(tag.name))) {
        links.append(element('li', {}, element('a', { href: `#${item[method].operationId}` }, item[method].summary)))
        group.append(show(spec, path, method, item[method]))
      }
    }
    list.append(element('h2', {}, tag.name), links)
    main.append(group)
  }
  const errors = fields(spec, { $ref: '#/components/schemas/Problem' }, ['Problem'])
  main.append(element('h2', {}, 'Errors'), element('section', { className: 'operation' },
    element('p', { className: 'note' }, 'application/problem+json, from every operation.'), errors ?? ''))
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView()
}

function find(event) {
  const wanted = event.target.value.trim().toLowerCase()
  for (const section of document.querySelectorAll('main section[id]')) {
    section.hidden = wanted !== '' && !section.textContent.toLowerCase().includes(wanted)
  }
  for (const link of document.querySelectorAll('#list li')) {
    link.hidden = document.getElementById(link.firstChild.getAttribute('href').slice(1))?.hidden ?? false
  }
}

async function start() {
  try {
    const answer = await fetch('/openapi.json')
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`)
    build(await answer.json())
  } catch (error) {
    document.getElementById('main').replaceChildren(element('p', {}, `The description could not be read: ${error.message}`))
  }
}

document.getElementById('find').addEventListener('input', find)
start()
