/// Returns true if a trade is a `SWEEPER`: it takes more than three levels of the order book, or more than a whole side.
package func isSweeper(_ impact: Impact) -> Bool {
    impact.levels > 3 || impact.isSwept
}
