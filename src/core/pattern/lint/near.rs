//! Words that are nearly other words.

/// How many letters have to be put in, left out, changed or swapped with their neighbour to make
/// one word of the other.
pub(in crate::pattern) fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let change = last[j] + usize::from(x != y);
            let mut least = change.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// Whether two words differ, and in upper and lower case only.
pub(in crate::pattern) fn same_but_for_case(a: &str, b: &str) -> bool {
    a != b && a.to_lowercase() == b.to_lowercase()
}

/// Whether two words differ so little that one is taken for a misspelling of the other: in case,
/// in blanks and punctuation, or in one letter of five but for the first: PutBucketAcl is no
/// misspelling of GetBucketAcl.
pub(in crate::pattern) fn nearly(a: &str, b: &str) -> bool {
    if a == b {
        return false;
    }
    let letters = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
    };
    let (a, b) = (letters(a), letters(b));
    let shorter = a.chars().count().min(b.chars().count());
    let close = || {
        let first = a.chars().next() == b.chars().next();
        first && shorter > 4 && distance(&a, &b) <= (shorter / 5).min(2)
    };
    !a.is_empty() && (a == b || close())
}
