/// A list that is read page by page: how to ask for a page, and how to read it.
///
/// A read is a value with everything that the service wants to see again on each page. ``PageWalk`` goes
/// through it.
package protocol PagedRead: Sendable {
    associatedtype Row: Sendable

    func request(at position: PagePosition) -> APIRequest

    func page(in answer: [UInt8]) throws(APIError) -> Page<Row>

    /// The identity of a row in lists that may repeat one: behind some cursors the service counts rows, so
    /// that a row moves to the next page when another one is inserted before it.
    ///
    /// - Returns: `nil` in lists where two equal rows may be two things, as two fills of one order.
    func key(of row: Row) -> String?

    /// The largest offset that the service accepts; `nil` when the list goes by cursors.
    var lastOffset: Int? { get }
}

extension PagedRead {
    package func key(of row: Row) -> String? { nil }

    package var lastOffset: Int? { nil }
}

/// The place where a page begins.
package enum PagePosition: Sendable, Hashable {
    case start
    /// Opaque text that the page before gave.
    case cursor(String)
    /// A number of rows from the start.
    case offset(Int)

    var cursor: String? {
        if case .cursor(let text) = self { text } else { nil }
    }

    var offset: Int? {
        if case .offset(let count) = self { count } else { nil }
    }
}
