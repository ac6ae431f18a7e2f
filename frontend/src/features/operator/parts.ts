/** What the operator's tools put into tiles and controls; loaded behind the pictures. */
export { default as ControlTools } from './ControlTools.svelte'
export { default as TileTools } from './TileTools.svelte'
