/// Returns p-values corrected for the number of questions asked at once: with all of them true by chance, the
/// probability that any falls below 5 % is at most 5 %.
///
/// Source: S. Holm, "A simple sequentially rejective multiple test procedure", 1979.
package func holmCorrected(_ pValues: [Double]) -> [Double] {
    var corrected = pValues
    var least = 0.0
    let order = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
    for (place, index) in order.enumerated() {
        least = max(least, min(1, pValues[index] * Double(pValues.count - place)))
        corrected[index] = least
    }
    return corrected
}
