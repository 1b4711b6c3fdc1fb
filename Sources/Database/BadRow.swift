/// A line that the database rejects, and its error.
package struct BadRow: Sendable {
    package let line: StorableLine
    package let error: StoreError
}
