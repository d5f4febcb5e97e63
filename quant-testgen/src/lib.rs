//! Scans test.lst and the trees (build side) and runs one case (test side).
