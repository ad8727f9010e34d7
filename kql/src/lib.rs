//! Kusto Query Language for DataFusion.
