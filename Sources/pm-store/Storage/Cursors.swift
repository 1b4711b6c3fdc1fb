import Database
import PMJSON
import PMPipe
import PMRecord

/// Prints how far each stream has been stored: `{"stream":…,"seq":…,"time":…}`.
package func printCursors(of store: any RecordStore, to output: consuming LineWriter) throws(StageError) {
    let cursors = try stage { () throws(StoreError) in try store.cursors() }
    for cursor in cursors {
        var writer = JSONWriter()
        writer.object { line in
            line.member(Key.stream, cursor.stream)
            line.member(Key.seq, cursor.seq)
            line.member(Key.time, cursor.time?.description)
        }
        output.append(writer.bytes)
    }
    try output.flush()
}
